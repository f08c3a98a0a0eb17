namespace Parquet;

/// <summary>A file that is no Parquet, is damaged, or holds what cannot be read here; the message is one sentence for the user.</summary>
public class ParquetException : Exception
{
    public ParquetException()
    {
    }

    public ParquetException(string message)
        : base(message)
    {
    }

    public ParquetException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
