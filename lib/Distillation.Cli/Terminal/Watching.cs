using Spectre.Console;

namespace Distillation.Cli.Terminal;

/// <summary>Shows work while it goes on: a moving display on a terminal, lines elsewhere. All of it on standard error.</summary>
internal static class Watching
{
    /// <summary>Runs a grid and shows its folds.</summary>
    public static T Grid<T>(Screen screen, Func<GridWatcher, T> work) => screen.ErrIsTerminal ? Moving(screen, work) : InLines(screen, work);

    /// <summary>Downloads and says what has come.</summary>
    public static async Task Download(Screen screen, Func<IProgress<DownloadProgress>, Task> work)
    {
        if (screen.ErrIsTerminal)
        {
            await screen.Err.Status().StartAsync("downloading", context => work(new Telling<DownloadProgress>(p => context.Status(Markup.Escape(DownloadLine(p))))));
            return;
        }

        string? last = null;
        await work(new Telling<DownloadProgress>(p =>
        {
            if (p.File != last)
            {
                last = p.File;
                screen.Note($"downloading {p.File} from {p.Host}");
            }
        }));
    }

    private static string DownloadLine(DownloadProgress p) => $"{p.File} from {p.Host}: {Amounts.Bytes(p.Bytes, p.Total)}";

    private static T InLines<T>(Screen screen, Func<GridWatcher, T> work)
    {
        FoldView? view = null;
        return work(new GridWatcher(
            OnFold: experiments => screen.Note((view = FoldView.Of(experiments)).Title),
            OnProgress: progress => view = view?.After(progress),
            OnEpoch: (experiment, report) => screen.Note((view ?? FoldView.Of([experiment])).EpochLine(experiment, report)),
            OnRun: (_, row, found) => screen.Note(FoldView.RunLine(row, found)),
            OnResumed: (experiment, step) => screen.Note(FoldView.ResumedLine(experiment, step)),
            OnWarning: screen.Note,
            OnReplay: (experiment, reason) => screen.Note(FoldView.ReplayLine(experiment, reason)),
            OnMade: Made(screen.Note)));
    }

    private static T Moving<T>(Screen screen, Func<GridWatcher, T> work)
    {
        FoldView? view = null;
        return screen.Err.Live(new Text("")).AutoClear(true).Start(context =>
        {
            return work(new GridWatcher(
                OnFold: experiments => Turn(FoldView.Of(experiments)),
                OnProgress: progress => Turn(view?.After(progress)),
                OnEpoch: (experiment, report) => Turn(view?.After(experiment, report)),
                // Above the moving part, where it stays; as wide as the screen, so that nothing of the moving part remains beside it.
                OnRun: (_, row, found) => Above(FoldView.RunLine(row, found)),
                OnResumed: (experiment, step) => Above(FoldView.ResumedLine(experiment, step)),
                OnWarning: Above,
                OnReplay: (experiment, reason) => Above(FoldView.ReplayLine(experiment, reason)),
                OnMade: Made(Above)));

            void Above(string line) => screen.Note(line.PadRight(screen.Err.Profile.Width - 1));

            void Turn(FoldView? next)
            {
                view = next;
                context.UpdateTarget(view?.Moving() ?? new Text(""));
            }
        });
    }

    // At the start, whenever another tenth is done, and at the end.
    private static Action<Experiment, long, long> Made(Action<string> tell)
    {
        var told = (Id: "", Tenth: -1L);
        return (experiment, made, all) =>
        {
            var now = (experiment.Id, made * 10 / all);
            if (now != told)
            {
                told = now;
                tell(FoldView.MadeLine(experiment, made, all));
            }
        };
    }

    // Told on the thread that does the work, in order; the framework's own Progress tells later, in any.
    private sealed class Telling<T>(Action<T> tell) : IProgress<T>
    {
        public void Report(T value) => tell(value);
    }
}
