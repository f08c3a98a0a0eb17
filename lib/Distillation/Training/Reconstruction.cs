using static TorchSharp.torch;

namespace Distillation;

/// <summary>How much of a teacher's last map can be told from a student's (Park and Kwak 2020, FEED: the analysis of reconstruction errors).</summary>
/// <param name="Teacher">The teacher's number, from 0.</param>
/// <param name="Error">
/// Mean over the test images of ‖x / ‖x‖ − y / ‖y‖‖₁ with x the teacher's map and y the decoder's: 0 where everything is there; <see cref="Losses.FeatureEnsemble"/>, summed.
/// </param>
/// <param name="TrainError">The same over the training images of the last epoch, while the decoder still learned.</param>
public sealed record Reconstruction(int Teacher, double Error, double TrainError);

/// <summary>Measures what a student knows of its teachers: a decoder for each learns to make the teacher's map of the frozen student's.</summary>
public static class Reconstructions
{
    /// <summary>
    /// Trains the decoders side by side, three 3x3 convolutions each as in FEED's transformations, on the training images and judges them on the test images.
    /// </summary>
    /// <param name="data">The images.</param>
    /// <param name="student">Who is examined, frozen.</param>
    /// <param name="teachers">Whose last maps are to be told.</param>
    /// <param name="recipe">How the decoders learn; Adam suits them, since the error of a map of norm 1 is small.</param>
    /// <param name="key">What first weights, order and augmentation are drawn from: the same for every student that is compared.</param>
    /// <exception cref="BadInput">A network keeps no stage maps, or there is no teacher.</exception>
    public static IReadOnlyList<Reconstruction> Measure(LoadedDataset data, FrozenNetwork student, IReadOnlyList<FrozenNetwork> teachers, Recipe recipe, Key key)
    {
        if (teachers.Count == 0)
        {
            throw new BadInput("Without a teacher there is no map to reconstruct; give one or more.");
        }

        using var scope = NewDisposeScope();
        var taps = teachers.Select(teacher => StageTaps.Last(teacher.Network, student.Network)).ToList();
        var decoders = Network.Parts("decoders", taps.Select((pair, i) => ($"{i}", pair.Student.Shape, Methods.Transformation(pair.Student.Shape.Channels, pair.Teacher.Shape.Channels))));
        var weights = decoders.Initialize(key.Fold("decoders"), data.Train.Images.device);
        weights = weights with { Parameters = weights.Parameters.requires_grad_(true) };
        var slots = recipe.Optimizer.Start(weights.Parameters);
        // The one that is examined stands before the teachers.
        var stream = new BatchStream(data, [student, .. teachers], [], recipe, key.Fold("stream"));
        var learned = new double[teachers.Count];
        for (var epoch = 0; epoch < recipe.Epochs; epoch++)
        {
            using var round = NewDisposeScope();
            var (order, sums) = (stream.Order(epoch), zeros(teachers.Count, ScalarType.Float64, weights.Device));
            for (var number = 0L; number < stream.StepsPerEpoch; number++)
            {
                using var step = NewDisposeScope();
                var batch = stream.At(epoch, number, order, step);
                var playing = new Playing(decoders, weights, Pass.Evaluation);
                var errors = Errors(playing, taps, teacher => batch.Teacher(View.Plain, teacher));
                errors.sum().backward(inputs: [weights.Parameters]);
                slots = recipe.Optimizer.Step(weights.Parameters, weights.Parameters.grad!, slots, recipe.Rate.At(batch.Progress.Fraction), decoders.Table.MatrixCount);
                weights.Parameters.grad = null;
                using var quiet = no_grad();
                sums.add_(errors.detach().to_type(ScalarType.Float64) * batch.Size);
            }

            learned = [.. (sums / stream.Count).cpu().data<double>().ToArray()];
        }

        var held = HeldOut(data, student, teachers, recipe, () => new Playing(decoders, weights, Pass.Evaluation), taps);
        return [.. teachers.Select((_, i) => new Reconstruction(i, held[i], learned[i]))];
    }

    private static double[] HeldOut(LoadedDataset data, FrozenNetwork student, IReadOnlyList<FrozenNetwork> teachers, Recipe recipe, Func<Playing> decoders, IReadOnlyList<(Tap Student, Tap Teacher)> taps)
    {
        const long Batch = 500;
        using var quiet = no_grad();
        var sums = zeros(teachers.Count, ScalarType.Float64, data.Test.Images.device);
        for (var start = 0L; start < data.Test.Count; start += Batch)
        {
            using var step = NewDisposeScope();
            var images = data.Dataset.Normalization.Apply(data.Test.Images.narrow(0, start, Math.Min(Batch, data.Test.Count - start)), recipe);
            // What a player opens belongs to the batch it is asked in.
            sums.add_(Errors(decoders(), taps, asked => (asked == 0 ? student : teachers[asked - 1]).Apply(images)).to_type(ScalarType.Float64) * images.shape[0]);
        }

        return [.. (sums / data.Test.Count).cpu().data<double>().ToArray()];
    }

    // One mean per teacher; the one that is examined is asked as number 0.
    private static Tensor Errors(Playing decoders, IReadOnlyList<(Tap Student, Tap Teacher)> taps, Func<int, Activations> ask)
    {
        var own = ask(0);
        return stack([.. taps.Select((pair, i) => Losses.FeatureEnsemble(decoders.Call(own[pair.Student.Name], $"{i}"), ask(i + 1)[pair.Teacher.Name], summed: true).mean())]);
    }
}
