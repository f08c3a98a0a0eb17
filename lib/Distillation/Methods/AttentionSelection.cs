using static TorchSharp.torch;

namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Show, attend and distill (Ji, Heo, Park 2021), AFD: attention decides to which of the student's layers each of the teacher's is held. Layers are the networks' stages; the paper takes every residual block,
    /// which networks do not keep.
    /// </summary>
    /// <param name="weight">200.</param>
    /// <param name="kd">Weight of the soft labels; 0.9, as in the paper.</param>
    /// <param name="length">Length of queries and keys; 128.</param>
    public static Method Afd(Schedule? weight = null, Schedule? kd = null, int length = 128) => Guided(
        "afd", "Ji, Heo, Park: Show, Attend and Distill: Knowledge Distillation via Attention-based Feature Matching, AAAI 2021", Knowledge.Feature, [new("length", length)], weight ?? 200, kd ?? 0.9,
        (teacher, student) =>
        {
            var (own, guides) = (StageTaps.Maps(student).Skip(1).ToList(), StageTaps.Maps(teacher).Skip(1).ToList());
            return new Guide(step =>
            {
                var (attention, mine, hers) = (step.Player("attention"), step.Student(), step.Teacher());
                var queries = stack([.. guides.Select(tap => attention.Call(hers[tap.Name].mean([2, 3]), $"query.{tap.Name}"))], 1);
                var keys = stack([.. own.Select(tap => attention.Call(mine[tap.Name].mean([2, 3]), $"key.{tap.Name}"))], 1);
                return Losses.AttendedFeatures(
                    queries,
                    attention.Call(keys.flatten(0, 1), "bilinear").view(-1, own.Count, guides.Count, length),
                    attention["positions.teacher"],
                    attention["positions.student"],
                    [.. guides.Select(tap => Losses.EnergyMap(hers[tap.Name], tap.Shape.Height, tap.Shape.Width))],
                    [.. guides.Select(tap => stack([.. own.Select(layer => Losses.EnergyMap(mine[layer.Name], tap.Shape.Height, tap.Shape.Width))], 1))]).mean();
            })
            {
                Adapters = new Player("attention", Network.Parts("attention",
                [
                    .. guides.Select(tap => ($"query.{tap.Name}", Shape.Vector(tap.Shape.Channels), Normalised(length))),
                    .. own.Select(tap => ($"key.{tap.Name}", Shape.Vector(tap.Shape.Channels), Normalised(length).Then(Layer.Relu))),
                    ("bilinear", Shape.Vector(length), Normalised(length * guides.Count)),
                    ("positions", Shape.Vector(length), Positions("teacher", guides.Count).Then(Positions("student", own.Count))),
                ])),
            };

            Layer Positions(string whose, int count) => Layer.Declare(whose, [count, length], new Initializer.Normal(Math.Sqrt(2.0 / (count + length))));
        }) with
    { Family = Family.Attention };

    private static Layer Normalised(long length) => Layer.Linear("linear", length).Then(Layer.BatchNorm("bn"));
}
