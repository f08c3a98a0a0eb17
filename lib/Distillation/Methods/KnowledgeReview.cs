using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Knowledge review (Chen et al. 2021), ReviewKD: from the pooled vector back to the first stage, the student's maps are fused with what deeper ones left, and every one is held to the teacher's map before its
    /// activation. The weight rises from 0 over the first epochs, of 240 the first 20.
    /// </summary>
    /// <param name="weight">5, as for wide ResNets and the x4 networks; the authors take 0.6 to 8 by pair.</param>
    /// <param name="kd">Weight of the soft labels; 0.</param>
    /// <param name="warmup">The share of the run over which the weight rises; 20 of 240 epochs.</param>
    public static Method ReviewKd(Schedule? weight = null, Schedule? kd = null, double warmup = 20.0 / 240) => Guided(
        "reviewkd", "Chen et al.: Distilling Knowledge via Knowledge Review, CVPR 2021", Knowledge.Feature, [new("warmup", warmup)], Warm(weight ?? 5, warmup), kd ?? 0,
        (teacher, student) =>
        {
            // The pooled vectors are maps of one pixel. The deepest comes first.
            var levels = StageTaps.Stages(teacher, student).Zip(StageTaps.BeforeActivationOf(teacher, student), (pair, before) => (Own: pair.Student, Guide: before))
                .Append((Own: new Tap(student.Taps[^1].Name, Pixel(student.Taps[^1].Shape)), Guide: new Tap(teacher.Taps[^1].Name, Pixel(teacher.Taps[^1].Shape)))).Reverse().ToList();
            var middle = Math.Min(512, levels[0].Own.Shape.Channels);
            return new Guide(step =>
            {
                var (review, mine, hers) = (step.Player("review"), step.Student(), step.Teacher());
                Tensor? deeper = null;
                return levels.Select((level, i) =>
                {
                    var here = review.Call(Map(mine, level.Own), $"{i}.in");
                    if (deeper is not null)
                    {
                        var passed = Nearest(deeper, level.Own.Shape);
                        var shares = review.Call(cat([here, passed], 1), $"{i}.fuse");
                        here = (here * shares.narrow(1, 0, 1)) + (passed * shares.narrow(1, 1, 1));
                    }

                    deeper = Nearest(here, level.Guide.Shape);
                    return Losses.HierarchicalContext(review.Call(deeper, $"{i}.out"), Map(hers, level.Guide)).mean();
                }).Aggregate((sum, level) => sum + level);
            })
            {
                Adapters = new Player("review", Network.Parts("review", levels.SelectMany((level, i) => new (string, Shape, Layer)[]
                {
                    ($"{i}.in", level.Own.Shape, Normed(middle, level.Own.Shape.Channels, kernel: 1)),
                    ($"{i}.out", level.Guide.Shape with { Channels = middle }, Normed(level.Guide.Shape.Channels, middle, kernel: 3)),
                }.Concat(i == 0 ? [] : [($"{i}.fuse", level.Own.Shape with { Channels = 2 * middle }, Layer.Conv("conv", 2, kernel: 1, padding: 0, bias: true).Then(Layer.Sigmoid))])))),
            };
        });

    private static Shape Pixel(Shape vector) => new(vector.Channels, 1, 1);

    private static Tensor Map(Activations answer, Tap tap) => answer[tap.Name] is var values && values.dim() == 2 ? values.unsqueeze(2).unsqueeze(3) : values;

    private static Tensor Nearest(Tensor map, Shape like) =>
        map.shape[2] == like.Height && map.shape[3] == like.Width ? map : F.interpolate(map, [like.Height, like.Width], mode: InterpolationMode.Nearest);

    // He et al. 2015 with slope 1, uniform.
    private static Layer Normed(long outputs, long inputs, long kernel) =>
        Layer.Conv("conv", outputs, kernel: kernel, padding: kernel / 2, initializer: new Initializer.Uniform(Math.Sqrt(3.0 / (inputs * kernel * kernel)))).Then(Layer.BatchNorm("bn"));
}
