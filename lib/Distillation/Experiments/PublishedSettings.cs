using System.Globalization;

namespace Distillation;

/// <summary>What the papers' code says about methods and recipes where it differs from pair to pair.</summary>
internal static class PublishedSettings
{
    private static readonly string[] light = ["mobilenet", "shufflenet"];

    // β of DKD in mdistiller's configurations, by teacher and student.
    private static readonly IReadOnlyDictionary<(string Teacher, string Student), double> dkd = new Dictionary<(string, string), double>
    {
        [("resnet-56", "resnet-20")] = 2, [("resnet-110", "resnet-32")] = 2, [("resnet-32x4", "resnet-8x4")] = 8, [("wrn-40-2", "wrn-16-2")] = 6, [("wrn-40-2", "wrn-40-1")] = 6, [("vgg-13", "vgg-8")] = 6,
        [("resnet-32x4", "shufflenet-v1")] = 8, [("wrn-40-2", "shufflenet-v1")] = 8, [("resnet-32x4", "shufflenet-v2")] = 8, [("vgg-13", "mobilenet-v2-half")] = 6, [("resnet-50-4stage", "mobilenet-v2-half")] = 8,
    };

    // The weight of ReviewKD by student, from its authors' scripts.
    private static readonly IReadOnlyDictionary<string, double> review = new Dictionary<string, double>
    {
        ["wrn-16-2"] = 5, ["wrn-40-1"] = 5, ["resnet-8x4"] = 5, ["shufflenet-v1"] = 5, ["shufflenet-v2"] = 8, ["resnet-20"] = 0.6, ["resnet-32"] = 1,
    };

    // Weight and side of the class maps of CAT-KD, and whether they are normalised, from its authors' configurations.
    private static readonly IReadOnlyDictionary<(string Teacher, string Student), (double Weight, int Resolution, bool Normalize)> cat = new Dictionary<(string, string), (double, int, bool)>
    {
        [("resnet-56", "resnet-20")] = (0.7, 2, false), [("resnet-110", "resnet-32")] = (1.8, 2, false), [("resnet-32x4", "resnet-8x4")] = (15, 2, false), [("wrn-40-2", "wrn-16-2")] = (12, 2, false),
        [("wrn-40-2", "wrn-40-1")] = (1.5, 2, false), [("vgg-13", "vgg-8")] = (4.5, 2, false), [("resnet-32x4", "shufflenet-v1")] = (600, 4, true), [("resnet-32x4", "shufflenet-v2")] = (600, 4, true),
        [("wrn-40-2", "shufflenet-v1")] = (80, 4, true), [("resnet-50-4stage", "mobilenet-v2-half")] = (40, 2, true), [("vgg-13", "mobilenet-v2-half")] = (15, 2, true),
    };

    // The weights of FCFD's maps and soft labels and its temperature, from those of its authors' configurations that could be read; that of ShuffleNetV2 stands in for ShuffleNetV1, VGG's, which are the defaults, for the rest.
    private static readonly IReadOnlyDictionary<(string Teacher, string Student), (double Weight, double Kd, double Temperature)> fcfd = new Dictionary<(string, string), (double, double, double)>
    {
        [("resnet-56", "resnet-20")] = (0.02, 1, 4), [("wrn-40-2", "wrn-16-2")] = (5, 0.2, 4), [("vgg-13", "vgg-8")] = (5, 1, 4), [("resnet-32x4", "shufflenet-v2")] = (5, 1, 8),
        [("resnet-32x4", "shufflenet-v1")] = (5, 1, 8),
    };

    // The networks whose stages FCFD's code leaves before their last ReLU.
    private static readonly string[] unactivated = ["vgg", "shufflenet-v1"];

    // What DAFL weighs its generator's losses by, the noise that an image is made of and the generator's rate, by data set; of CelebA by its author in an issue of the repository.
    private static readonly IReadOnlyDictionary<string, (double OneHot, double Entropy, double Activation, int Latent, double Rate)> dafl = new Dictionary<string, (double, double, double, int, double)>
    {
        ["mnist"] = (1, 5, 0.1, 100, 0.2), ["cifar10"] = (0.05, 5, 0.01, 1000, 0.02), ["cifar100"] = (0.5, 20, 0.1, 1000, 0.02), ["celeba"] = (2, 10, 0.1, 100, 0.002),
    };

    /// <summary>The method of a published number with the settings that its paper has for the pair.</summary>
    /// <exception cref="BadInput">The method is not here, or the number is of a variant of it that is not.</exception>
    public static Method Method(PublishedValue paper)
    {
        if (DataFree(paper) is { } free)
        {
            return free;
        }

        var exit = paper.Variant.Split(',')[0] is var first && (first == "ensemble" || first.StartsWith("exit-", StringComparison.Ordinal));
        if (!paper.IsPlain && !(exit && paper.Method is "oto" or "mskd" or "tskd" or "byot") && !(Factor(paper) is not null && paper.Method == "simkd") && paper.Variant is not ("joint teacher" or "teacher, joint"))
        {
            throw new BadInput($"The variant '{paper.Variant}' of '{paper.Method}' has no experiment here.");
        }

        return (paper.Method, paper.Method.Split('+')) switch
        {
            ("oto", _) when paper.Variant.EndsWith("starred", StringComparison.Ordinal) => Methods.Oto(augmented: true),
            ("byot", _) => Methods.Byot(ensemble: true),
            ("simkd", _) when Factor(paper) is { } factor => Methods.SimKd(factor: factor),
            ("mlkd+lskd", _) => Methods.Mlkd(standardized: true),
            (_, [var name, "kd"]) when MethodCatalog.All.FirstOrDefault(method => method.Name == name) is { } known && known.Settings.Any(setting => setting.Name == "kd") => Named(name, Of(name, paper, ("kd", 1))),
            (_, { Length: > 1 }) => Named(paper.Method, null),
            _ => Named(paper.Method, Of(paper.Method, paper)),
        };
    }

    /// <summary>The teacher of a number; of ternary networks it is not known, and one of twice the width stands in. Null where nothing is known.</summary>
    public static string? Teacher(PublishedValue paper) => paper switch
    {
        { Teacher: not "" } => paper.Teacher,
        { Table: "gslr-headline" } => "resnet-20x2",
        _ => null,
    };

    /// <summary>By how much SimKD's projector is narrower in a number of the variant <c>f=N</c>; null for others.</summary>
    public static int? Factor(PublishedValue paper) => paper.Variant.Split('=') is ["f", var factor] && int.TryParse(factor, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The losses of DAFL's generator as the ablation calls them, and the settings that weigh them.</summary>
    public static IReadOnlyList<(string Name, string Setting)> GeneratorLosses { get; } = [("one-hot", "oneHot"), ("entropy", "entropy"), ("activation", "activation")];

    /// <summary>Whether a number is of DAFL without some of its generator's losses.</summary>
    public static bool IsAblation(PublishedValue paper) =>
        paper.Method == "dafl" && (paper.Variant == "no generator loss" || paper.Variant.Split(", ").All(part => GeneratorLosses.Any(loss => loss.Name == part)));

    /// <summary>Whether a number's generator has a loss.</summary>
    public static bool Has(PublishedValue paper, string loss) => !IsAblation(paper) || paper.Variant.Split(", ").Contains(loss);

    /// <summary>How students learn from generated images or from noise: DAFL's recipes; of portraits its author tells Adam at 1e-4, and those of MNIST stand in for the rest.</summary>
    public static Recipe Generated(PublishedValue paper) => paper.Dataset switch
    {
        "mnist" => Recipes.DaflMnist,
        _ when paper.Table == "dafl-benchmark" => Recipes.DataFreeBenchmark,
        "celeba" => Recipes.DaflMnist with { Rate = 1e-4 },
        _ => Recipes.DaflCifar,
    };

    // What learns from no image of the data set; null for everything else.
    private static Method? DataFree(PublishedValue paper) => (paper.Method, paper.Variant) switch
    {
        ("dafl", _) when paper.Table == "dafl-benchmark" => Methods.Dafl(
            oneHot: 1, entropy: 20, activation: 0.001, latent: 512, steps: 400, rate: 1e-3, logBase: Math.E, studentSteps: 5, temperature: 20, momentum: 0.5),
        ("dafl", _) when dafl.TryGetValue(paper.Dataset, out var settings) && (paper.IsPlain || IsAblation(paper)) => Methods.Dafl(
            Has(paper, "one-hot") ? settings.OneHot : 0, Has(paper, "entropy") ? settings.Entropy : 0, Has(paper, "activation") ? settings.Activation : 0, settings.Latent, rate: settings.Rate),
        ("kd", "noise") => Methods.NoiseKd(),
        ("kd", "alternative data") when Others(paper.Dataset) is { } other => Methods.UnlabelledKd(other: paper.Dataset == "mnist" ? other.Sized(Side(paper), Side(paper)) : other),
        ("kd", "meta data") => paper.Dataset == "celeba" ? Methods.MetaKd(images: 5120, smoothed: true, mean: 0.44, deviation: 0.29) : Methods.MetaKd(),
        _ => null,
    };

    /// <summary>The images that a number of the variant 'alternative data' was learned from, by their data set's name.</summary>
    public static string OtherImages(PublishedValue paper) => Others(paper.Dataset)?.Name ?? "images that are not known";

    /// <summary>A data set with the images as large as a paper's networks take them: portraits as AlexNet does in the one paper that has any, digits as LeNet does; those of fully connected networks are left as they are.</summary>
    public static Dataset Sized(Dataset dataset, PublishedValue paper) => dataset.Name switch
    {
        "celeba" => dataset.Sized(224, 224),
        "mnist" when Side(paper) is var side && side != dataset.Height => dataset.Sized(side, side),
        _ => dataset,
    };

    // Of digits.
    private static int Side(PublishedValue paper) => paper.Student.StartsWith("lenet", StringComparison.Ordinal) ? 32 : 28;

    private static Dataset? Others(string dataset) => dataset switch
    {
        "mnist" => Datasets.Usps,
        "cifar10" => Datasets.Cifar100,
        "cifar100" => Datasets.Cifar10,
        _ => null,
    };

    /// <summary>
    /// The recipe of a table's protocol for a network: CRD's with the protocol's epochs and batch, where light networks begin at a fifth of the rate; also where the protocol is not known. DAFL's tables name the
    /// epochs and batches of generated images; what learns from images there learns as the authors' teachers do. Of portraits nothing is known: their AlexNets, which have no batch normalisation, learn with Adam at 1e-4.
    /// </summary>
    public static Recipe Recipe(PublishedProtocol protocol, PublishedValue paper, string network) => paper.Table switch
    {
        "dafl-mnist" or "dafl-ablation" => Recipes.DaflMnistTeacher,
        "dafl-cifar" => Recipes.DaflCifarTeacher,
        "dafl-benchmark" => Recipes.DataFreeBenchmarkTeacher,
        "dafl-celeba" => Recipes.DaflMnistTeacher with { Rate = 1e-4 },
        "gslr-headline" => network.Contains('+') ? Recipes.AfterQuantizing : Recipes.BeforeQuantizing,
        "gslr-float" when network.EndsWith("-a", StringComparison.Ordinal) => Recipes.PaddedResNet,
        _ => Crd(protocol, network) with { Epochs = protocol.Epochs ?? Recipes.Crd.Epochs, BatchSize = protocol.Batch ?? Recipes.Crd.BatchSize },
    };

    private static Recipe Crd(PublishedProtocol protocol, string network) =>
        (protocol.Recipe is null or "crd") && light.Any(network.StartsWith) && Recipes.Crd.Rate is Schedule.MultiStep steps ? Recipes.Crd with { Rate = steps with { Start = 0.01 } } : Recipes.Crd;

    /// <summary>What a data set changes about it: MSKD turns the images of Tiny ImageNet at random instead of cropping them, by how much is not known; 15 degrees stand in.</summary>
    public static Recipe Adjusted(Recipe recipe, PublishedValue paper) =>
        paper.Dataset == "tiny-imagenet" ? recipe with { Augmentation = new Augmentation.Rotation(15).Then(new Augmentation.Flip()) } : recipe;

    /// <summary>What a method changes about it: MLKD halves the rate, FCFD takes Nesterov's momentum.</summary>
    public static Recipe Adjusted(Recipe recipe, Method method) => (method.Name, recipe.Rate, recipe.Optimizer) switch
    {
        ("mlkd", Schedule.MultiStep { Start: > 0.025 } steps, _) => recipe with { Rate = steps with { Start = 0.025 } },
        ("fcfd", _, Optimizer.Sgd sgd) => recipe with { Optimizer = sgd with { Nesterov = true } },
        _ => recipe,
    };

    private static Method Named(string name, IReadOnlyDictionary<string, double>? settings)
    {
        try
        {
            return settings is null ? MethodCatalog.Named(name) : MethodCatalog.Named(name, settings);
        }
        catch (BadInput)
        {
            throw new BadInput($"The method '{name}' is not here.");
        }
    }

    private static Dictionary<string, double> Of(string method, PublishedValue paper, params (string Name, double Value)[] more)
    {
        var pair = (paper.Teacher, paper.Student);
        (string Name, double Value)[] own = method switch
        {
            "dkd" when dkd.TryGetValue(pair, out var beta) => [("beta", beta)],
            "reviewkd" when review.TryGetValue(paper.Student, out var weight) => [("weight", weight)],
            "cat-kd" when cat.TryGetValue(pair, out var maps) => [("weight", maps.Weight), ("resolution", maps.Resolution), ("normalize", maps.Normalize ? 1 : 0)],
            "fcfd" => [.. fcfd.TryGetValue(pair, out var chosen) ? new (string, double)[] { ("weight", chosen.Weight), ("kd", chosen.Kd), ("temperature", chosen.Temperature) } : [], ("studentBefore", Unactivated(paper.Student)), ("teacherBefore", Unactivated(paper.Teacher))],
            _ => [],
        };
        static double Unactivated(string network) => unactivated.Any(network.StartsWith) ? 1 : 0;
        return own.Concat(more).ToDictionary(setting => setting.Name, setting => setting.Value);
    }
}
