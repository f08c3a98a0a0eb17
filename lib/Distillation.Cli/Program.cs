using System.CommandLine;
using Distillation.Cli;

var globals = new GlobalOptions();
var root = new RootCommand(Help.With(
    "Knowledge distillation in C#: train, compare and take apart.",
    "./kd demo",
    "./kd train --data-set cifar100 --teacher wrn-40-2 --student wrn-16-2 --method kd none --seeds 3 --epochs 30",
    "./kd results",
    "./kd test"))
{
    DemoCommand.Create(globals),
    TrainCommand.Create(globals),
    ResultsCommand.Create(globals),
};
foreach (var option in globals.All)
{
    root.Add(option);
}

return await Run.Guarded(root, args, globals);
