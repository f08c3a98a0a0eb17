namespace Distillation;

/// <summary>The data sets that load by name. Where they come from is in <c>data/catalog.json</c>.</summary>
public static class Datasets
{
    /// <summary>Fashion-MNIST (Xiao, Rasul, Vollgraf 2017): 60,000 + 10,000 grey images of clothes, 28x28.</summary>
    public static Dataset FashionMnist { get; } = new("fashion-mnist", 10, 1, 28, 28, 60_000, 10_000, new([0.2860], [0.3530]));

    /// <summary>MNIST (LeCun, Bottou, Bengio, Haffner 1998): 60,000 + 10,000 grey digits, 28x28.</summary>
    public static Dataset Mnist { get; } = new("mnist", 10, 1, 28, 28, 60_000, 10_000, new([0.1307], [0.3081]));

    /// <summary>
    /// USPS (Le Cun et al. 1990): 7,291 + 2,007 grey digits from envelopes, 16x16, whose classes are not equally large. The statistics are the ones that published code uses.
    /// </summary>
    public static Dataset Usps { get; } = new("usps", 10, 1, 16, 16, 7_291, 2_007, new([0.2469], [0.2989]));

    /// <summary>
    /// CIFAR-10 (Krizhevsky 2009): 50,000 + 10,000 colour images, 32x32. The deviations are the ones that most published code uses, a mean
    /// over images; those over all pixels would be 0.247, 0.243, 0.262.
    /// </summary>
    public static Dataset Cifar10 { get; } =
        new("cifar10", 10, 3, 32, 32, 50_000, 10_000, new([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010]));

    /// <summary>CIFAR-100 (Krizhevsky 2009): 50,000 + 10,000 colour images of 100 classes in 20 groups, 32x32.</summary>
    public static Dataset Cifar100 { get; } =
        new("cifar100", 100, 3, 32, 32, 50_000, 10_000, new([0.5071, 0.4867, 0.4408], [0.2675, 0.2565, 0.2761]));

    /// <summary>
    /// CINIC-10 (Darlow, Crowley, Antoniou, Storkey 2018): CIFAR-10 and ImageNet's images of its classes, 32x32, in folders of PNG files. 90,000 for training and as many for testing; the
    /// 90,000 for validation stay unused. The statistics are the publisher's.
    /// </summary>
    public static Dataset Cinic10 { get; } =
        new("cinic10", 10, 3, 32, 32, 90_000, 90_000, new([0.47889522, 0.47227842, 0.43047404], [0.24205776, 0.23828046, 0.25874835]));

    /// <summary>
    /// Tiny ImageNet (Stanford CS231n): 200 of ImageNet's classes, 64x64, 500 training images each, in folders of JPEG files. The 10,000 validation images are the test images. The statistics are
    /// the ones that most published code uses.
    /// </summary>
    public static Dataset TinyImageNet { get; } =
        new("tiny-imagenet", 200, 3, 64, 64, 100_000, 10_000, new([0.4802, 0.4481, 0.3975], [0.2770, 0.2691, 0.2821]));

    /// <summary>
    /// CelebA (Liu, Luo, Wang, Tang 2015) with one of its 40 attributes as the class: aligned portraits, 178x218 in the files, here the middle square in 64x64; <see cref="Dataset.Sized"/> asks for
    /// another size. Without a name it is the attribute that is most evenly spread, Attractive (51 % of the images). Pixels are normalised to ±1.
    /// </summary>
    /// <exception cref="BadInput">There is no such attribute.</exception>
    public static Dataset CelebA(string attribute = "Attractive")
    {
        var known = Attributes.FirstOrDefault(name => Plain(name) == Plain(attribute))
            ?? throw new BadInput($"CelebA has no attribute '{attribute}'{Nearest.Hint(attribute, Attributes)}: choose one of {string.Join(", ", Attributes)}.");
        var name = known == Attributes[2] ? "celeba" : $"celeba-{known.ToLowerInvariant()}";
        return new(name, 2, 3, 64, 64, 162_770, 19_962, new([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]));
    }

    // In the publisher's order.
    private static IReadOnlyList<string> Attributes { get; } =
    [
        "5_o_Clock_Shadow", "Arched_Eyebrows", "Attractive", "Bags_Under_Eyes", "Bald", "Bangs", "Big_Lips", "Big_Nose", "Black_Hair", "Blond_Hair", "Blurry", "Brown_Hair", "Bushy_Eyebrows",
        "Chubby", "Double_Chin", "Eyeglasses", "Goatee", "Gray_Hair", "Heavy_Makeup", "High_Cheekbones", "Male", "Mouth_Slightly_Open", "Mustache", "Narrow_Eyes", "No_Beard", "Oval_Face",
        "Pale_Skin", "Pointy_Nose", "Receding_Hairline", "Rosy_Cheeks", "Sideburns", "Smiling", "Straight_Hair", "Wavy_Hair", "Wearing_Earrings", "Wearing_Hat", "Wearing_Lipstick",
        "Wearing_Necklace", "Wearing_Necktie", "Young",
    ];

    /// <summary>Which attribute a data set of CelebA has as its class.</summary>
    internal static string AttributeOf(Dataset dataset) => dataset.Name == "celeba" ? Attributes[2] : dataset.Name["celeba-".Length..];

    /// <summary>
    /// Free Spoken Digit Dataset (Jackson et al. 2016-2020): 3,000 recordings of ten digits by six speakers, 8 kHz, as pictures of 64 mel bands over one second (64 moments, 16 ms apart). The
    /// publisher's split: of each digit and speaker the recordings 0 to 4 are for testing.
    /// </summary>
    public static Dataset SpokenDigits { get; } = new("spoken-digits", 10, 1, 64, 64, 2700, 300, new([0.2276], [0.2907]));

    /// <summary>
    /// TUT Urban Acoustic Scenes 2018, development set (Mesaros, Heittola, Virtanen 2018), task 1A of DCASE 2018: ten scenes, clips of 10 s at 48 kHz in two channels, as pictures of 64 mel
    /// bands and 431 moments. The publisher's first fold.
    /// </summary>
    public static Dataset Dcase2018 { get; } = new("dcase2018", 10, 1, 64, 431, 6122, 2518, new([0.5], [0.25]));

    /// <summary>TAU Urban Acoustic Scenes 2019, development set, task 1A of DCASE 2019: as <see cref="Dcase2018"/> from ten cities.</summary>
    public static Dataset Dcase2019 { get; } = new("dcase2019", 10, 1, 64, 431, 9185, 4185, new([0.5], [0.25]));

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Dataset> All { get; } = [FashionMnist, Mnist, Cifar10, Cifar100, Cinic10, TinyImageNet, CelebA(), SpokenDigits, Dcase2018, Dcase2019, Usps];

    /// <summary>The data set of that name; case, <c>-</c> and <c>_</c> do not matter.</summary>
    /// <exception cref="BadInput">There is none; the message lists those that there are.</exception>
    public static Dataset Named(string name) =>
        All.FirstOrDefault(d => Plain(d.Name) == Plain(name))
        ?? (name.StartsWith("celeba-", StringComparison.OrdinalIgnoreCase) ? CelebA(name["celeba-".Length..]) : null)
        ?? throw new BadInput($"There is no data set '{name}'{Nearest.Hint(name, All.Select(d => d.Name))}: choose one of {string.Join(", ", All.Select(d => d.Name))}.");

    private static string Plain(string name) => name.Replace("-", "").Replace("_", "").ToLowerInvariant();
}
