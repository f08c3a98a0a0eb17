using static TorchSharp.torch;

namespace Distillation;

/// <summary>A grid is a LINQ query over experiments; running it runs what is missing.</summary>
public static class Grid
{
    /// <summary>The seeds 1 … n.</summary>
    public static IEnumerable<long> Seeds(int count) => Enumerable.Range(1, count).Select(seed => (long)seed);

    /// <summary>
    /// Runs what has no row yet and returns all rows in the order of the experiments. Teachers are trained first, once, also where they are experiments of the grid themselves. Experiments
    /// that share a stream of batches run side by side over it with one teacher forward per batch, and streams that differ in the seed only run interleaved. A run that was interrupted goes on
    /// from its last checkpoint; one that another process is running is left to it and waited for.
    /// </summary>
    /// <exception cref="BadInput">An experiment does not fit together, data or weights are missing, results cannot be written, or a teacher's own training broke off; the last is said when everything else has run.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; what has ended is kept, and so is the place in what has not.</exception>
    public static IReadOnlyList<RunRow> Run(this IEnumerable<Experiment> experiments, Laboratory lab)
    {
        // Also where the caller only looks at something.
        using var tracked = enable_grad();
        return Stopping.Listen(lab.Stop, stop => RunMissing(experiments, lab with { Stop = stop }));
    }

    /// <summary>The weights that an experiment ended with. Where there are none it is run first, also where its row is there: rows travel without weights.</summary>
    /// <param name="experiment">Any; its own teachers are trained as <see cref="Run"/> does.</param>
    /// <param name="lab">Where it is run.</param>
    /// <param name="device">Where the weights are wanted.</param>
    /// <returns>Weights that the caller disposes.</returns>
    /// <exception cref="BadInput">As <see cref="Run"/>.</exception>
    /// <exception cref="OperationCanceledException">As <see cref="Run"/>.</exception>
    public static Weights Learned(this Experiment experiment, Laboratory lab, Device device)
    {
        var fitted = lab.Budget.Fit(experiment).Settled;
        var path = lab.Results.WeightsPath(fitted.Id);
        if (!File.Exists(path))
        {
            new[] { experiment }.Run(lab with { Again = true });
        }

        return fitted.Judged.Load(path, device);
    }

    private static IReadOnlyList<RunRow> RunMissing(IEnumerable<Experiment> experiments, Laboratory lab)
    {
        var wanted = experiments.Select(lab.Budget.Fit).Select(experiment => experiment.Settled).ToList();
        var (asked, rows, missing) = (wanted.Select(e => e.Id).ToHashSet(), new Dictionary<string, RunRow>(), new List<Experiment>());
        var taught = new HashSet<string>();
        wanted.ForEach(Seek);

        var (orphans, elsewhere) = (new List<Experiment>(), new List<Experiment>());
        foreach (var fold in Folds(missing))
        {
            // A teacher that another process trains is waited for only by those who need it.
            Await([.. elsewhere.Where(e => fold.SelectMany(Trained).Any(teacher => teacher.Id == e.Id))]);
            // Neighbours without a teacher run also where the teacher's own training broke off.
            var ready = fold.Where(e => e.Trained().All(teacher => rows.GetValueOrDefault(teacher.Id)?.Status == RunRow.Ok)).ToList();
            orphans.AddRange(fold.Except(ready));
            elsewhere.AddRange(RunClaimed(ready));
        }

        Await([.. elsewhere]);
        return orphans.Count == 0 ? [.. wanted.Select(e => rows[e.Id])] : throw new BadInput(Orphaned(orphans, rows));

        // Fills rows and missing. Teachers that nobody asked for are kept even where their students run again.
        void Seek(Experiment experiment)
        {
            var id = experiment.Id;
            if ((rows.ContainsKey(id) && IsUsable(id)) || missing.Any(e => e.Id == id))
            {
                return;
            }

            rows.Remove(id);
            if (!Take(experiment))
            {
                missing.Add(experiment.Check());
                var sources = experiment.Trained().ToList();
                taught.UnionWith(sources.Select(source => source.Id));
                sources.ForEach(Seek);
            }
        }

        // Rows travel without weights: a row alone is enough for who asks for it, not for who learns from it.
        bool IsUsable(string id) => File.Exists(lab.Results.WeightsPath(id)) || (asked.Contains(id) && !taught.Contains(id));

        // The row that is there. A teacher whose weights were not kept is trained again.
        bool Take(Experiment experiment)
        {
            var id = experiment.Id;
            if (!IsUsable(id) || (lab.Again && asked.Contains(id)) || lab.Results.Find(id) is not { } row)
            {
                return false;
            }

            // A process that was killed right after it wrote the row has left them.
            lab.Results.Checkpoints.Remove(id);
            rows[id] = row;
            lab.Watcher.OnRun?.Invoke(experiment, row, true);
            return true;
        }

        // Runs those that this process gets hold of and returns the others.
        IReadOnlyList<Experiment> RunClaimed(IReadOnlyList<Experiment> ready)
        {
            var claims = new List<(Experiment Experiment, Claim? Claim)>();
            try
            {
                claims.AddRange(ready.Select(experiment => (experiment, Claim.Try(lab.Results.Folder, experiment.Id))));
                // Somebody else may have ended one in the meantime.
                var mine = claims.Where(pair => pair.Claim is not null && !Take(pair.Experiment)).Select(pair => pair.Experiment).ToList();
                foreach (var (experiment, row) in mine.Count == 0 ? [] : SideBySide.Run(mine, lab))
                {
                    rows[experiment.Id] = row;
                    lab.Watcher.OnRun?.Invoke(experiment, row, false);
                }

                return [.. claims.Where(pair => pair.Claim is null).Select(pair => pair.Experiment)];
            }
            finally
            {
                claims.ForEach(pair => pair.Claim?.Dispose());
            }
        }

        void Await(IReadOnlyList<Experiment> others)
        {
            if (others.Count > 0)
            {
                lab.Watcher.OnWarning?.Invoke($"Waiting for another process that runs {others.Count} of these experiments.");
            }

            while (others.Count > 0)
            {
                lab.Stop.ThrowIfCancellationRequested();
                others.ToList().ForEach(experiment => elsewhere.Remove(experiment));
                others = RunClaimed(others);
                if (others.Count > 0)
                {
                    lab.Stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(300));
                }
            }
        }
    }

    // How many trainings must come before this one.
    private static int Generation(Experiment experiment) => experiment.Trained().Select(teacher => 1 + Generation(teacher)).DefaultIfEmpty(0).Max();

    // The experiments that make its teachers and its start.
    private static IEnumerable<Experiment> Trained(this Experiment experiment) => experiment.Sources.OfType<Source.Trained>().Select(teacher => teacher.Experiment);

    private static string Orphaned(List<Experiment> orphans, Dictionary<string, RunRow> rows)
    {
        var broken = orphans.SelectMany(Trained).Select(teacher => rows.GetValueOrDefault(teacher.Id)).OfType<RunRow>().First(row => row.Status != RunRow.Ok);
        return $"The training of the teacher {broken.Student} (run {broken.Id}, seed {broken.Seed}) {broken.Status}, so {orphans.Count} experiment(s) below it were not run; lower its learning rate or clip its gradient.";
    }

    // One fold per stream and teacher, teachers before those they teach. Experiments without a teacher join the first fold of their stream, unless somebody waits for them.
    private static IEnumerable<IReadOnlyList<Experiment>> Folds(IReadOnlyList<Experiment> experiments)
    {
        var teachers = experiments.SelectMany(e => e.Sources).Select(source => source.Id).ToHashSet();
        return
            from fold in
                from stream in experiments.GroupBy(e => e.LockstepId)
                let home = stream.Select(e => e.TeachersText).FirstOrDefault(id => id.Length > 0, "")
                // Who starts from another's weights comes in a fold after it, also where both have one teacher.
                from fold in stream.GroupBy(e => (e.TeachersText is { Length: > 0 } own ? own : teachers.Contains(e.Id) ? "" : home, e.Start is Source.Trained start ? 1 + Generation(start.Experiment) : 0))
                select fold.ToList()
            orderby fold.Max(Generation)
            select fold;
    }
}
