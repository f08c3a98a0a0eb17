using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>What convolutions and linear layers compute in. Weights, statistics, losses and updates are float32 in either.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Compute>))]
public enum Compute
{
    /// <summary>float32.</summary>
    Float32,

    /// <summary>bfloat16 with float32 master weights.</summary>
    BFloat16,
}

/// <summary>How a network is trained: a value, changed with <c>with</c>.</summary>
/// <param name="Epochs">Passes over the training images.</param>
/// <param name="BatchSize">Images per step; the last batch of an epoch may be smaller.</param>
/// <param name="Optimizer">The update.</param>
/// <param name="Rate">The learning rate over the whole run.</param>
/// <param name="Augmentation">What is done to training images.</param>
public sealed record Recipe(int Epochs, int BatchSize, Optimizer Optimizer, Schedule Rate, Augmentation Augmentation)
{
    /// <summary>The largest norm of a gradient; null does not clip.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>Decay per step of an exponential moving average of the weights, which is then what is evaluated and kept; null keeps the weights themselves.</summary>
    public double? Average { get; init; }

    /// <summary>What convolutions and linear layers compute in.</summary>
    public Compute Compute { get; init; } = Compute.Float32;

    /// <summary>Whether images are laid out channel by channel within a pixel, which is faster on every device that was measured; roundings differ.</summary>
    public bool ChannelsLast { get; init; } = true;

    /// <summary>The dtype of images.</summary>
    [JsonIgnore]
    public ScalarType ImageType => Compute == Compute.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
}

/// <summary>Recipes that papers share.</summary>
public static class Recipes
{
    /// <summary>
    /// The CIFAR-100 protocol since CRD (Tian et al. 2020): SGD with momentum 0.9, decay 5e-4 on everything, batch 64, 240 epochs, rate 0.05 divided by 10 after 150, 180 and 210 of
    /// them, padded crops and flips. With fewer epochs the drops keep their place in the run.
    /// </summary>
    public static Recipe Crd { get; } = new(
        240, 64, new Optimizer.Sgd(Momentum: 0.9, Decay: 5e-4),
        new Schedule.MultiStep(0.05, 0.1, [150.0 / 240, 180.0 / 240, 210.0 / 240]),
        Augmentations.CropFlip);

    /// <summary>A recipe of ours for a few epochs: one cycle of SGD with Nesterov momentum, decay on weights only, padded crops and flips.</summary>
    public static Recipe Short { get; } = new(
        8, 128, new Optimizer.Sgd(Momentum: 0.9, Decay: 5e-4, Nesterov: true, Decayed: Decayed.Matrices),
        Schedule.OneCycle(0.2, rise: 0.25, linear: true),
        new Augmentation.PadCrop(2).Then(new Augmentation.Flip()));

    /// <summary>
    /// How akamaster's public ResNets for CIFAR-10 were trained, those with zero-padded shortcuts (repository pytorch_resnet_cifar10, trainer.py): SGD with momentum 0.9 and decay 1e-4, batch 128, 200 epochs,
    /// rate 0.1 divided by 10 after 100 and 150 of them.
    /// </summary>
    public static Recipe PaddedResNet { get; } = new(
        200, 128, new Optimizer.Sgd(Momentum: 0.9, Decay: 1e-4), new Schedule.MultiStep(0.1, 0.1, [0.5, 0.75]), Augmentations.CropFlip);

    /// <summary>A recipe of ours for the float networks that quantized ones start from or learn from, whose training Shin, Boo and Sung (2019) do not tell: 200 epochs, batch 128, rate 0.1 divided by 10 three times.</summary>
    public static Recipe BeforeQuantizing { get; } = Crd with { Epochs = 200, BatchSize = 128, Rate = new Schedule.MultiStep(0.1, 0.1, [0.5, 0.75, 0.9]) };

    /// <summary>The same for the training after quantizing: 150 epochs, rate 0.05.</summary>
    public static Recipe AfterQuantizing { get; } = BeforeQuantizing with { Epochs = 150, Rate = new Schedule.MultiStep(0.05, 0.1, [0.5, 0.75, 0.9]) };

    /// <summary>
    /// How DAFL trains its student for MNIST (Chen et al. 2019): Adam at 0.002 and batches of 512 generated images; of the method's epochs of 120 steps there are 200. The generator has an optimizer of its own.
    /// </summary>
    public static Recipe DaflMnist { get; } = new(200, 512, new Optimizer.Adam(), 2e-3, new Augmentation.None()) { ChannelsLast = false };

    /// <summary>How students learn from images made of activation records (Lopes, Fenu, Starner 2017, the authors' code): Adam at 0.001, batches of 64, 30 epochs, no augmentation.</summary>
    public static Recipe MetaData { get; } = new(30, 64, new Optimizer.Adam(), 1e-3, new Augmentation.None()) { ChannelsLast = false };

    /// <summary>How DAFL trains its student for CIFAR: SGD at 0.1 with momentum 0.9 and decay 5e-4, divided by 10 after epochs 800 and 1600 of 2000, batches of 1024 generated images.</summary>
    public static Recipe DaflCifar { get; } = new(
        2000, 1024, new Optimizer.Sgd(Momentum: 0.9, Decay: 5e-4), new Schedule.MultiStep(0.1, 0.1, [0.4, 0.8]), new Augmentation.None());

    /// <summary>
    /// How students learn in the benchmark of zju-vipa/DataFree (the code of CMI): 200 rounds of 400 batches of 256 generated images, SGD at 0.1 with momentum 0.9 and decay 1e-4, along half a cosine to 0.
    /// </summary>
    public static Recipe DataFreeBenchmark { get; } = new(200, 256, new Optimizer.Sgd(Momentum: 0.9, Decay: 1e-4), new Schedule.Cosine(0.1), new Augmentation.None());

    /// <summary>Its teachers: as its students, on padded crops and flips of the training images. Decay 5e-4 and the half cosine are ours where its code was not at hand.</summary>
    public static Recipe DataFreeBenchmarkTeacher { get; } = DataFreeBenchmark with { Optimizer = new Optimizer.Sgd(Momentum: 0.9, Decay: 5e-4), Augmentation = Augmentations.CropFlip };

    /// <summary>How its teacher for MNIST was trained: Adam at 0.001, batches of 256, nine epochs, no augmentation.</summary>
    public static Recipe DaflMnistTeacher { get; } = new(9, 256, new Optimizer.Adam(), 1e-3, new Augmentation.None()) { ChannelsLast = false };

    /// <summary>How its teachers for CIFAR were trained: SGD at 0.1, divided by 10 after epochs 79 and 119 of 199, batches of 128, padded crops and flips.</summary>
    public static Recipe DaflCifarTeacher { get; } = new(
        199, 128, new Optimizer.Sgd(Momentum: 0.9, Decay: 5e-4), new Schedule.MultiStep(0.1, 0.1, [79.0 / 199, 119.0 / 199]), Augmentations.CropFlip);

    /// <summary>
    /// How the networks of FEED are trained on CIFAR-100 (the recipe of bearpaw/pytorch-classification for ResNets): SGD at 0.1, divided by 10 after epochs 81 and 122 of 164, batches of 128, decay 1e-4.
    /// </summary>
    public static Recipe Feed { get; } = new(
        164, 128, new Optimizer.Sgd(Momentum: 0.9, Decay: 1e-4), new Schedule.MultiStep(0.1, 0.1, [81.0 / 164, 122.0 / 164]), Augmentations.CropFlip);

    /// <summary>
    /// The same for FEED's wide ResNet (bearpaw/pytorch-classification, its line for WRN-28-10): SGD at 0.1, multiplied by 0.2 after epochs 60, 120 and 160 of 200, batches of 128, decay 5e-4. That line also
    /// drops three tenths of the activations within blocks; the networks here drop none.
    /// </summary>
    public static Recipe FeedWide { get; } = new(
        200, 128, new Optimizer.Sgd(Momentum: 0.9, Decay: 5e-4), new Schedule.MultiStep(0.1, 0.2, [60.0 / 200, 120.0 / 200, 160.0 / 200]), Augmentations.CropFlip);

    /// <summary>The same for FEED's ResNeXt (bearpaw/pytorch-classification): SGD at 0.1, divided by 10 after epochs 150 and 225 of 300, batches of 128, decay 5e-4.</summary>
    public static Recipe FeedResNeXt { get; } = new(
        300, 128, new Optimizer.Sgd(Momentum: 0.9, Decay: 5e-4), new Schedule.MultiStep(0.1, 0.1, [150.0 / 300, 225.0 / 300]), Augmentations.CropFlip);

    /// <summary>
    /// The same for FEED's ResNet on ImageNet, the usual recipe for it (He et al. 2016 and torchvision): SGD at 0.1, divided by 10 after epochs 30 and 60 of 90, batches of 256, decay 1e-4, flips. In place of
    /// crops of any size and shape stand crops after padding by an eighth of the side, as for CIFAR.
    /// </summary>
    public static Recipe FeedImageNet { get; } = new(
        90, 256, new Optimizer.Sgd(Momentum: 0.9, Decay: 1e-4), new Schedule.MultiStep(0.1, 0.1, [30.0 / 90, 60.0 / 90]), new Augmentation.PadCrop(28).Then(new Augmentation.Flip()));
}
