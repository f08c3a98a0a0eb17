using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>Logits to try a formula on: those of losses.json, and random ones for laws.</summary>
internal static class LossCases
{
    public static IReadOnlyList<JsonElement> All { get; } = [.. Golden.Read("losses.json").GetProperty("cases").EnumerateArray()];

    public static TheoryData<string> Names => [.. All.Select(golden => golden.GetProperty("name").GetString()!)];

    public static JsonElement Named(string name) => All.Single(golden => golden.GetProperty("name").GetString() == name);

    /// <summary>The labels of a golden case, Int64.</summary>
    public static Tensor Labels(JsonElement golden) => tensor(Golden.Integers(golden.GetProperty("labels")));

    /// <summary>Two tables of logits of the same shape, a temperature, and a key for whatever else a law draws.</summary>
    public sealed record Pair(int Batch, int Classes, double Size, double Temperature, Key Key)
    {
        public Tensor Student => Logits("student");

        public Tensor Teacher => Logits("teacher");

        public Tensor Labels => Key.Fold("labels").Integers(0, Classes, [Batch], CPU);

        /// <summary>Float64 logits with a standard deviation of <see cref="Size"/>.</summary>
        public Tensor Logits(string who) => Key.Fold(who).Normal([Batch, Classes], CPU).to_type(ScalarType.Float64) * Size;
    }

    public static Gen<Pair> Pairs { get; } =
        from batch in Law.Whole(1, 5)
        from classes in Law.Whole(2, 12)
        from size in Law.Number(0.01, 20)
        from temperature in Law.Number(0.5, 20)
        from seed in Law.Seed
        select new Pair(batch, classes, size, temperature, Key.Of(seed));
}
