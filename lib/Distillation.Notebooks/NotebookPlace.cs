namespace Distillation.Notebooks;

/// <summary>What cells find around them while a notebook runs: its folder as the current one, and the budget in KD_BUDGET. Both are as before afterwards.</summary>
internal sealed class NotebookPlace : IDisposable
{
    private readonly string folder = Directory.GetCurrentDirectory();
    private readonly string? budget = Environment.GetEnvironmentVariable(Budget.Variable);

    public NotebookPlace(string folder, Budget? budget)
    {
        Folder = folder;
        Directory.SetCurrentDirectory(folder);
        if (budget is not null)
        {
            Environment.SetEnvironmentVariable(Budget.Variable, budget.Name);
        }
    }

    /// <summary>The notebook's folder.</summary>
    public string Folder { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Directory.SetCurrentDirectory(folder);
        Environment.SetEnvironmentVariable(Budget.Variable, budget);
    }
}
