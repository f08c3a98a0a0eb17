using static TorchSharp.torch;

namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Data-free learning of student networks (Chen et al. 2019), DAFL: a generator learns images that the teacher takes for real ones, and in the same step the student learns the teacher's answers to them at
    /// temperature 1. No training image is seen. The defaults are those of the authors' code for MNIST.
    /// </summary>
    /// <param name="oneHot">Of <see cref="Losses.OneHot"/>; 1. 0.05 for CIFAR-10, 0.5 for CIFAR-100.</param>
    /// <param name="entropy">Of <see cref="Losses.InformationEntropy"/>; 5. 5 and 20.</param>
    /// <param name="activation">Of <see cref="Losses.Activation"/>; 0.1. 0.01 and 0.1.</param>
    /// <param name="latent">Length of the noise that an image is made of; 100. 1000 for CIFAR.</param>
    /// <param name="steps">Steps of one epoch; 120.</param>
    /// <param name="rate">The generator's learning rate over the training, Adam; 0.2 throughout. 0.02 for CIFAR.</param>
    /// <param name="epsilon">Of the generator's inner normalisations; 0.8, see <see cref="Networks.Generator"/>.</param>
    /// <param name="logBase">Of the entropy's logarithm; 10.</param>
    /// <param name="studentSteps">Steps of the student to one of the generator, every one on images of its own; 1. Where it is more, epochs are best a multiple of it: the first step of all is the generator's, and then every one after so many.</param>
    /// <param name="temperature">τ of the student's term, times τ²; 1.</param>
    /// <param name="momentum">Adam's first β for the generator; 0.9.</param>
    /// <exception cref="BadInput">A number is outside its range.</exception>
    public static Method Dafl(
        Schedule? oneHot = null, Schedule? entropy = null, Schedule? activation = null, int latent = 100, int steps = 120, Schedule? rate = null, double epsilon = 0.8, double logBase = 10,
        int studentSteps = 1, double temperature = 1, double momentum = 0.9)
    {
        var (sure, balanced, excited, pace) = (oneHot ?? 1, entropy ?? 5, activation ?? 0.1, rate ?? 0.2);
        if (latent < 1 || pace.At(0) < 0 || pace.At(1) < 0 || epsilon < 0 || !(logBase > 1))
        {
            throw new BadInput($"A generator takes 1 or more numbers for an image, a learning rate and an epsilon of 0 or more, and a logarithm of a base above 1, not {latent}, {pace.At(0)} … {pace.At(1)}, {epsilon} and {logBase}.");
        }

        if (studentSteps < 1 || momentum is not (>= 0 and < 1))
        {
            throw new BadInput($"A student takes 1 or more steps to one of the generator, whose momentum is 0 or more and below 1, not {studentSteps} and {momentum}.");
        }

        var (soft, adam) = (Temperature(temperature), new Optimizer.Adam(Beta1: momentum));
        return new Method(
            "dafl", 2, "Chen et al.: Data-Free Learning of Student Networks, ICCV 2019", Knowledge.Response, Scheme.Offline, new Teacher.Frozen(),
            [
                new("oneHot", sure), new("entropy", balanced), new("activation", excited), new("latent", latent), new("steps", steps), new("rate", pace), new("epsilon", epsilon), new("logBase", logBase),
                // What came later is part of a run's name only where it is not as before.
                .. studentSteps == 1 ? Array.Empty<Setting>() : [new("studentSteps", studentSteps)], .. soft == 1 ? Array.Empty<Setting>() : [new("temperature", soft)],
                .. momentum == 0.9 ? Array.Empty<Setting>() : [new("momentum", momentum)],
            ],
            (_, student) => new Prepared(["kd", "one-hot", "entropy", "activation"], step =>
            {
                // Between two of its steps the generator's losses are only looked at: without a history they move nobody.
                Tensor Made() => step.Images(View.Plain) is var noise ? step.Player(Generator).Call(noise).to_type(noise.dtype) : null!;
                var made = studentSteps == 1 || step.Progress.Step % studentSteps == 0 ? Made() : Quietly(Made);
                var said = step.Teacher(made);
                return
                [
                    // The images that the student learns from are given: it does not teach the generator.
                    new Term("kd", (soft == 1 ? Losses.KlDivergence(step.Student(made.detach()).Logits, said.Logits) : Losses.Hinton(step.Student(made.detach()).Logits, said.Logits, soft)).mean(), 1),
                    new Term("one-hot", Losses.OneHot(said.Logits).mean(), sure) { Player = Generator },
                    new Term("entropy", Losses.InformationEntropy(said.Logits, logBase), balanced) { Player = Generator },
                    new Term("activation", Losses.Activation(said.Embedding).mean(), excited) { Player = Generator },
                ];
            })
            {
                Players =
                [
                    new Player(Generator, Networks.Generator(latent, student.Input.Channels, student.Input.Height, student.Input.Width, epsilon)) { Practice = new Practice(adam, pace) },
                ],
            })
        {
            Family = Family.DataFree,
            Feed = new Feed.Noise(latent, Steps(steps)),
        };
    }

    private static Tensor Quietly(Func<Tensor> made)
    {
        using var quiet = no_grad();
        return made();
    }

    /// <summary>The name of DAFL's generator among its players.</summary>
    public const string Generator = "generator";

    /// <summary>Distillation on normal noise of the images' own shape: what a generator has to beat. No training image is seen.</summary>
    /// <param name="temperature">τ; 1, as in DAFL.</param>
    /// <param name="steps">Steps of one epoch; 120.</param>
    public static Method NoiseKd(double temperature = 1, int steps = 120) => Unlabelled("kd-noise", new Feed.Noise(null, Steps(steps)), temperature, [new("steps", steps)]);

    /// <summary>Distillation on images whose labels nobody knows: those of another data set of the same size, or the training images themselves. Only the teacher's answers count.</summary>
    /// <param name="temperature">τ; 1, as in DAFL.</param>
    /// <param name="other">The other data set; null for the training images.</param>
    public static Method UnlabelledKd(double temperature = 1, Dataset? other = null) => Unlabelled("kd-unlabelled", other is null ? new Feed.Own() : new Feed.Other(other), temperature, []);

    private static Method Unlabelled(string name, Feed feed, double temperature, IReadOnlyList<Setting> settings) => new(
        name, 1, "Hinton, Vinyals, Dean: Distilling the Knowledge in a Neural Network, 2015, without labels as in Chen et al., ICCV 2019", Knowledge.Response, Scheme.Offline, new Teacher.Frozen(),
        [new("temperature", Temperature(temperature)), .. settings],
        (_, _) => new Prepared(["kd"], step => [new Term("kd", Losses.Hinton(step.Student().Logits, step.Teacher().Logits, temperature).mean(), 1)]))
    {
        Family = feed is Feed.Own ? Family.Plain : Family.DataFree,
        Feed = feed,
    };

    private static int Steps(int steps) => steps >= 1 ? steps : throw new BadInput($"An epoch has 1 step or more, not {steps}.");
}
