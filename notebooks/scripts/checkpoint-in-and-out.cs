#:project ../../lib/Distillation/Distillation.csproj
#:property PublishAot=false
// A student trained here leaves as a file with other programs' names, comes back, and teaches.
// Run it: dotnet run notebooks/scripts/checkpoint-in-and-out.cs
// In seconds: dotnet run notebooks/scripts/checkpoint-in-and-out.cs -- smoke
using Distillation;
using static TorchSharp.torch;

var budget = args.Contains("smoke") ? Budget.Smoke : Budget.Laptop with { Name = "scripts" };
var results = ResultStore.Resolve(null, ".").For(budget);
var lab = new Laboratory(DataFolder.Resolve(null), results, budget, CPU, Surroundings.Read(CPU, "."));

var data = Datasets.FashionMnist;
var network = Networks.ResNet(8, classes: data.Classes, channels: data.Channels, size: data.Height);
var first = new Experiment(data, [], network, Methods.None, Recipes.Short, Seed: 0);
var row = new[] { first }.Run(lab with { Again = !File.Exists(results.WeightsPath(budget.Fit(first).Id)) })[0];

// Out: PyTorch's names with the prefix of a parallel module and another name for the classifier.
var file = Path.Combine(results.Folder, "student.safetensors");
using (var trained = network.Load(results.WeightsPath(row.Id), CPU))
{
    trained.Export(file, new ExportOptions(Prefix: "module.", Renames: [("fc", "linear")], Counts: true));
}

// In: prefixes are found and taken off, usual names are known, and what does not fit would be listed.
var (weights, report) = network.Import(file, CPU);
using (weights)
using (var loaded = lab.Data.Load(data, CPU))
{
    report.Lines().ToList().ForEach(Console.WriteLine);
    var score = network.Evaluate(weights, first.Task, loaded.Test, data.Normalization, first.Recipe);
    Console.WriteLine($"{100 * row.LastAccuracy:0.00} % before, {100 * score.Accuracy:0.00} % after");
}

// The file is a teacher like any other: identified by its hash, wherever it lies.
var student = new Experiment(data.Take(500), Source.File(network, file), Networks.LeNet5(half: true, size: 28), Methods.Hinton(), Recipes.Short, Seed: 1);
Console.WriteLine(new[] { student }.Run(lab)[0] is var taught
    ? $"{student}: {100 * taught.LastAccuracy:0.00} %, its teacher {100 * taught.TeacherAccuracy:0.00} %"
    : "");
