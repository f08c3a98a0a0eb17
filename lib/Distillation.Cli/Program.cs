using System.Runtime.InteropServices;
using Distillation.Cli;
using Distillation.Cli.Terminal;

// The first Ctrl-C (or a polite kill) asks the work to end between two steps; the second ends the process at once. Files are whole either way.
using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, StopOnce);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, StopOnce);
return await CommandLine.Run(args, Screen.OfProcess(), stop.Token);

void StopOnce(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}
