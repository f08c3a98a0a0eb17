using TorchSharp;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>Handing tensors from one dispose scope to another.</summary>
internal static class Scopes
{
    /// <summary>
    /// The tensor, owned by a scope from now on, which it may be already: TorchSharp's own <c>MoveToOtherDisposeScope</c> then takes it out of that scope and puts it nowhere, so
    /// that nobody disposes it, and the collector, finding it after the scope has ended, ends the program.
    /// </summary>
    /// <param name="tensor">Of any shape.</param>
    /// <param name="home">A scope that has not ended.</param>
    public static Tensor Into(this Tensor tensor, DisposeScope home) => home.Contains(tensor) ? tensor : tensor.MoveToOtherDisposeScope(home);
}
