#:project ../../lib/Distillation/Distillation.csproj
#:property PublishAot=false
// Temperature against weight on a part of Fashion-MNIST, as a table and as a page with a heat map.
// Run it: dotnet run notebooks/scripts/temperature-sweep.cs
// In seconds: dotnet run notebooks/scripts/temperature-sweep.cs -- smoke
using Distillation;
using static TorchSharp.torch;

var budget = args.Contains("smoke") ? Budget.Smoke : Budget.Laptop with { Name = "scripts" };
var results = ResultStore.Resolve(null, ".").For(budget);
var lab = new Laboratory(DataFolder.Resolve(null), results, budget, CPU, Surroundings.Read(CPU, "."))
{
    Watcher = new GridWatcher(OnRun: (experiment, row, found) => Console.Error.WriteLine($"{(found ? "found" : "trained")} {experiment}: {100 * row.LastAccuracy:0.00} %")),
};

var data = Datasets.FashionMnist;
var recipe = Recipes.Short with { BatchSize = 64 };
double[] temperatures = budget == Budget.Smoke ? [1, 4] : [1, 2, 4, 8];
double[] weights = budget == Budget.Smoke ? [0.9] : [0.5, 0.9];
var teacher = new Source.Trained(new Experiment(data, [], Networks.LeNet5(size: 28), Methods.None, recipe, Seed: 0));
var grid =
    from method in (from temperature in temperatures from weight in weights select Methods.Hinton(temperature, weight)).Prepend(Methods.None)
    from seed in Grid.Seeds(2)
    select new Experiment(data.Take(1000), teacher, Networks.LeNet5(half: true, size: 28), method, recipe, seed);

var rows = grid.Run(lab).Summarize();
Console.WriteLine(rows.ToTable());

// Charts in pages need plotly.js, which ./kd setup fetches.
if (PlotlyScript.Find() is not null)
{
    var page = Path.Combine(results.Folder, "temperature-sweep.html");
    ChartPage.Save(page, "Temperature and weight", Figures.HeatMap(rows, "temperature", "weight"), Figures.Bars(rows));
    Console.WriteLine($"charts: {page}");
}
