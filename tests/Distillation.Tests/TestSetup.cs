using System.Runtime.CompilerServices;

// libtorch's threads, seeds and live tensors belong to the whole process: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Distillation.Tests;

internal static class TestSetup
{
    /// <summary>One thread, so that sums round the same way on every machine and the suite's time does not depend on who else runs.</summary>
    [ModuleInitializer]
    internal static void UseOneThread() => TorchSharp.torch.set_num_threads(1);
}
