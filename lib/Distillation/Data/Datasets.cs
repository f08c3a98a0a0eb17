namespace Distillation;

/// <summary>The data sets that load by name. Where they come from is in <c>data/catalog.json</c>.</summary>
public static class Datasets
{
    /// <summary>Fashion-MNIST (Xiao, Rasul, Vollgraf 2017): 60,000 + 10,000 grey images of clothes, 28x28.</summary>
    public static Dataset FashionMnist { get; } = new("fashion-mnist", 10, 1, 28, 28, 60_000, 10_000, new([0.2860], [0.3530]));

    /// <summary>MNIST (LeCun, Bottou, Bengio, Haffner 1998): 60,000 + 10,000 grey digits, 28x28.</summary>
    public static Dataset Mnist { get; } = new("mnist", 10, 1, 28, 28, 60_000, 10_000, new([0.1307], [0.3081]));

    /// <summary>
    /// CIFAR-10 (Krizhevsky 2009): 50,000 + 10,000 colour images, 32x32. The deviations are the ones that most published code uses, a mean
    /// over images; those over all pixels would be 0.247, 0.243, 0.262.
    /// </summary>
    public static Dataset Cifar10 { get; } =
        new("cifar10", 10, 3, 32, 32, 50_000, 10_000, new([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010]));

    /// <summary>CIFAR-100 (Krizhevsky 2009): 50,000 + 10,000 colour images of 100 classes in 20 groups, 32x32.</summary>
    public static Dataset Cifar100 { get; } =
        new("cifar100", 100, 3, 32, 32, 50_000, 10_000, new([0.5071, 0.4867, 0.4408], [0.2675, 0.2565, 0.2761]));

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Dataset> All { get; } = [FashionMnist, Mnist, Cifar10, Cifar100];

    /// <summary>The data set of that name; case, <c>-</c> and <c>_</c> do not matter.</summary>
    /// <exception cref="BadInput">There is none; the message lists those that there are.</exception>
    public static Dataset Named(string name) =>
        All.FirstOrDefault(d => Plain(d.Name) == Plain(name))
        ?? throw new BadInput($"There is no data set '{name}'{Nearest.Hint(name, All.Select(d => d.Name))}: choose one of {string.Join(", ", All.Select(d => d.Name))}.");

    private static string Plain(string name) => name.Replace("-", "").Replace("_", "").ToLowerInvariant();
}
