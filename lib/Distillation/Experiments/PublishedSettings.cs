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

    /// <summary>The method of a published number with the settings that its paper has for the pair.</summary>
    /// <exception cref="BadInput">The method is not here, or the number is of a variant of it that is not.</exception>
    public static Method Method(PublishedValue paper)
    {
        var exit = paper.Variant.Split(',')[0] is var first && (first == "ensemble" || first.StartsWith("exit-", StringComparison.Ordinal));
        if (!paper.IsPlain && !(exit && paper.Method is "oto" or "mskd" or "tskd") && paper.Variant is not ("joint teacher" or "teacher, joint"))
        {
            throw new BadInput($"The variant '{paper.Variant}' of '{paper.Method}' has no experiment here.");
        }

        return (paper.Method, paper.Method.Split('+')) switch
        {
            ("oto", _) when paper.Variant.EndsWith("starred", StringComparison.Ordinal) => Methods.Oto(augmented: true),
            ("mlkd+lskd", _) => Methods.Mlkd(standardized: true),
            (_, [var name, "kd"]) when MethodCatalog.All.FirstOrDefault(method => method.Name == name) is { } known && known.Settings.Any(setting => setting.Name == "kd") => Named(name, Of(name, paper, ("kd", 1))),
            (_, { Length: > 1 }) => Named(paper.Method, null),
            _ => Named(paper.Method, Of(paper.Method, paper)),
        };
    }

    /// <summary>
    /// The recipe of a table's protocol for a network: CRD's with the protocol's epochs and batch, where light networks begin at a fifth of the rate; also where the protocol is not known. DAFL's tables name the
    /// epochs and batches of generated images; what learns from images there learns as the authors' teachers do. Of portraits nothing is known: their AlexNets, which have no batch normalisation, learn with Adam at 1e-4.
    /// </summary>
    public static Recipe Recipe(PublishedProtocol protocol, PublishedValue paper, string network) => paper.Table switch
    {
        "dafl-mnist" or "dafl-ablation" => Recipes.DaflMnistTeacher,
        "dafl-cifar" or "dafl-benchmark" => Recipes.DaflCifarTeacher,
        "dafl-celeba" => Recipes.DaflMnistTeacher with { Rate = 1e-4 },
        _ => Crd(protocol, network) with { Epochs = protocol.Epochs ?? Recipes.Crd.Epochs, BatchSize = protocol.Batch ?? Recipes.Crd.BatchSize },
    };

    private static Recipe Crd(PublishedProtocol protocol, string network) =>
        (protocol.Recipe is null or "crd") && light.Any(network.StartsWith) && Recipes.Crd.Rate is Schedule.MultiStep steps ? Recipes.Crd with { Rate = steps with { Start = 0.01 } } : Recipes.Crd;

    /// <summary>What a data set changes about it: MSKD turns the images of Tiny ImageNet at random instead of cropping them, by how much is not known; 15 degrees stand in.</summary>
    public static Recipe Adjusted(Recipe recipe, PublishedValue paper) =>
        paper.Dataset == "tiny-imagenet" ? recipe with { Augmentation = new Augmentation.Rotation(15).Then(new Augmentation.Flip()) } : recipe;

    /// <summary>What a method changes about it: MLKD halves the rate.</summary>
    public static Recipe Adjusted(Recipe recipe, Method method) =>
        method.Name == "mlkd" && recipe.Rate is Schedule.MultiStep { Start: > 0.025 } steps ? recipe with { Rate = steps with { Start = 0.025 } } : recipe;

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
            _ => [],
        };
        return own.Concat(more).ToDictionary(setting => setting.Name, setting => setting.Value);
    }
}
