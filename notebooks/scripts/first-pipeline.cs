#:project ../../lib/Distillation/Distillation.csproj
#:property PublishAot=false
// Run it: dotnet run notebooks/scripts/first-pipeline.cs
// In seconds: dotnet run notebooks/scripts/first-pipeline.cs -- smoke
using Distillation;
using static TorchSharp.torch;

var budget = args.Contains("smoke") ? Budget.Smoke : new Budget("first", TrainImages: 6000, Epochs: 8);
var lab = new Laboratory(DataFolder.Resolve(null), ResultStore.Resolve(null, ".").For(budget), budget, CPU, Surroundings.Read(CPU, "."));

var data = Datasets.FashionMnist;
var recipe = Recipes.Short with { Compute = Compute.BFloat16 };
var teacher = new Source.Trained(
    new Experiment(data, [], Networks.ResNet(20, classes: 10, channels: 1, size: 28), Methods.None, recipe, Seed: 0));
var runs =
    from method in new[] { Methods.None, Methods.Hinton(temperature: 4, weight: 0.9) }
    from seed in Grid.Seeds(2)
    select new Experiment(data, teacher, Networks.ResNet(8, classes: 10, channels: 1, size: 28), method, recipe, seed);

foreach (var row in runs.Run(lab).Summarize())
{
    Console.WriteLine($"{row.Example.Method,-6} {row.Last.Percent()} %   over labels {row.OverLabels?.Percent(signed: true)}");
}
