using static TorchSharp.torch;

namespace Distillation;

/// <summary>A batch whose tensors stay where they are, and the teachers' answers about it, recorded.</summary>
internal sealed class Standing : IDisposable
{
    private readonly Needs needs;
    private readonly Tensor images;
    private readonly Tensor? labels, indices;
    private readonly IReadOnlyList<(View View, Tensor Images)> views;
    private readonly IReadOnlyList<FrozenNetwork> teachers;
    private readonly IReadOnlyList<(string View, int Teacher, Activations Answer)> answers;
    private readonly Recording? recording;
    private bool believed;

    private Standing(Batch batch, Needs needs, Recorder recorder)
    {
        Tensor Kept(Tensor values) => values.clone().DetachFromDisposeScope();
        this.needs = needs;
        images = Kept(batch.Images(View.Plain));
        labels = batch.HasLabels ? Kept(batch.Labels) : null;
        indices = batch.HasIndices ? Kept(batch.Indices) : null;
        views = [.. needs.Views.Where(view => view.Name != View.Plain.Name).Select(view => (view, Kept(batch.Images(view))))];
        teachers = [.. Enumerable.Range(0, batch.Teachers).Select(batch.Frozen)];
        answers = [];
        if (needs.Answers.Any())
        {
            IReadOnlyList<(string View, int Teacher, Activations Answer)> sample = [];
            try
            {
                recording = recorder(() =>
                {
                    using var quiet = no_grad();
                    var asked = Of(batch.Progress, batch.Key, ask: true);
                    foreach (var (view, teacher) in needs.Answers)
                    {
                        asked.Teacher(needs.Named(view), teacher);
                    }

                    sample = asked.Answered;
                    return [.. sample.SelectMany(one => Flat(one.Answer))];
                });
            }
            catch
            {
                Dispose();
                throw;
            }

            var at = 0;
            answers = [.. sample.Select(one => (one.View, one.Teacher, one.Answer.Each(_ => recording.Results[at++])))];
        }
    }

    /// <summary>A batch's tensors, copied to where they will stay, and the recorded answers about it.</summary>
    /// <exception cref="RecordingFailed">The teachers cannot be recorded.</exception>
    public static Standing Of(Batch batch, Needs needs, Recorder recorder) => new(batch, needs, recorder);

    /// <summary>The batch of these tensors at another batch's place in the run.</summary>
    public Batch At(Batch batch) => Of(batch.Progress, batch.Key, ask: false);

    /// <summary>Copies a batch to where the recordings read it, replays the teachers, and gives the batch their answers. False where the first answers are not what the teachers say when they are asked.</summary>
    public bool Bring(Batch batch)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        images.copy_(batch.Images(View.Plain));
        labels?.copy_(batch.Labels);
        indices?.copy_(batch.Indices);
        foreach (var (view, still) in views)
        {
            still.copy_(batch.Images(view));
        }

        recording?.Replay();
        if (!believed && answers.Any(one => !Alike.Are(Flat(batch.Ask(batch.Images(needs.Named(one.View)), one.Teacher)), Flat(one.Answer))))
        {
            return false;
        }

        believed = true;
        foreach (var (view, teacher, answer) in answers)
        {
            batch.Give(view, teacher, answer);
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        recording?.Dispose();
        images.Dispose();
        labels?.Dispose();
        indices?.Dispose();
        views.ToList().ForEach(pair => pair.Images.Dispose());
    }

    // Its answers are those that stand, or, for the recording of them, still to be asked.
    private Batch Of(Progress progress, Key key, bool ask)
    {
        var batch = new Batch(images, labels, indices, progress, key, teachers, CurrentDisposeScope!);
        batch.Give(View.Plain, images);
        foreach (var (view, still) in views)
        {
            batch.Give(view, still);
        }

        foreach (var (view, teacher, answer) in ask ? [] : answers)
        {
            batch.Give(view, teacher, answer);
        }

        return batch;
    }

    private static IReadOnlyList<Tensor> Flat(Activations answer)
    {
        var tensors = new List<Tensor>();
        answer.Each(tensor =>
        {
            tensors.Add(tensor);
            return tensor;
        });
        return tensors;
    }
}
