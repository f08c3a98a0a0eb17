global using static TorchSharp.torch;
global using F = TorchSharp.torch.nn.functional;

// libtorch's seeds, thread counts and live tensors belong to the whole process: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
