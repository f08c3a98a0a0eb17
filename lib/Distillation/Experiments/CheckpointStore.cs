using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// The checkpoints of runs that have not ended, <c>checkpoints/ID.a.safetensors</c> and <c>ID.b.safetensors</c>: the last two of each, so that one is whole whatever happens to the other. Which
/// is later is told by the step in it, not by a clock.
/// </summary>
/// <param name="Folder">Where they are.</param>
public sealed record CheckpointStore(string Folder)
{
    /// <summary>The two places of an experiment's checkpoints.</summary>
    public IReadOnlyList<string> Paths(string id) => [.. new[] { "a", "b" }.Select(slot => Path.Combine(Folder, $"{id}.{slot}.safetensors"))];

    /// <summary>Writes a checkpoint over the earlier of the two, or over one that is damaged.</summary>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written; the later of the two is untouched.</exception>
    public void Write(Experiment experiment, Checkpoint checkpoint) =>
        checkpoint.Save(Paths(experiment.Id).MinBy(path => Step(path) ?? -1)!, experiment.Text);

    /// <summary>The latest whole checkpoint of an experiment, or null; what is damaged is told and passed over.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="device">Where its tensors go.</param>
    /// <param name="warn">Told about what is passed over.</param>
    /// <exception cref="BadInput">A file under the experiment's name belongs to another one.</exception>
    public Checkpoint? Find(Experiment experiment, Device device, Action<string>? warn = null)
    {
        foreach (var path in Paths(experiment.Id).Where(File.Exists).OrderByDescending(path => Step(path) ?? long.MaxValue))
        {
            try
            {
                var (checkpoint, text) = Checkpoint.Load(path, device);
                if (text == experiment.Text)
                {
                    return checkpoint;
                }

                checkpoint.Dispose();
            }
            catch (BadInput e)
            {
                warn?.Invoke(e.Message);
                continue;
            }

            throw new BadInput($"{path} is the checkpoint of another experiment than its name says; move it away and run the same command again.");
        }

        return null;
    }

    /// <summary>Removes an experiment's checkpoints, once its row is written.</summary>
    public void Remove(string id)
    {
        // Rows travel without checkpoints, and without the folder.
        foreach (var path in Paths(id).Where(File.Exists))
        {
            File.Delete(path);
        }
    }

    // How far a checkpoint is; null where there is none, or none that can be read.
    private static long? Step(string path)
    {
        try
        {
            return File.Exists(path) ? Checkpoint.Peek(path).Position.Step : null;
        }
        catch (BadInput)
        {
            return null;
        }
    }
}
