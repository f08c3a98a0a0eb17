namespace Distillation.Notebooks;

/// <summary>A cell cannot go on, for a reason that is no exception of its code: it does not compile, a file is missing, a command is unknown.</summary>
internal sealed class CellStopped(CellFault fault) : Exception(fault.Message)
{
    /// <summary>A fault that is one sentence.</summary>
    public CellStopped(string name, string sentence)
        : this(new CellFault(name, sentence, [sentence]))
    {
    }

    /// <summary>What to show.</summary>
    public CellFault Fault { get; } = fault;
}
