using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class NormDirectionTests
{
    private static readonly IReadOnlyDictionary<string, JsonElement> cases = GoldenInputs.Cases("norm_direction.json");

    public static TheoryData<string> Cases => [.. cases.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Value_and_gradients_are_those_of_the_loop(string name)
    {
        GoldenInputs.Compare(cases[name], name, Formula, ScalarType.Float64);
        GoldenInputs.Compare(cases[name], name, Formula, ScalarType.Float32);

        static Tensor Formula(GoldenInputs i) => Losses.NormDirection(i.Student, i.Teacher, i["centres"]);
    }

    [Fact]
    public void Nothing_is_lost_where_the_student_points_to_its_centre_and_is_the_longer()
    {
        using var scope = NewDisposeScope();
        var (centres, teacher) = (Key.Of(1).Normal([4, 3], CPU), Key.Of(2).Normal([4, 3], CPU));

        Assert.All(Golden.Flat(Losses.NormDirection(centres * 100, teacher, centres)), value => Assert.Equal(0, value, 1e-5));
        Assert.All(Golden.Flat(Losses.NormDirection(centres * -100, teacher, centres)), value => Assert.Equal(2, value, 1e-5));
    }

    [Fact]
    public void Centres_are_what_the_teacher_has_embedded_of_each_class()
    {
        using var data = Toy.Load();
        using var weights = Toy.Start(Toy.ResNet, 7);
        using var teacher = Toy.ResNet.Frozen(weights);
        var learner = Toy.Learner(Methods.Nd(), Toy.ResNet, teacher: Toy.ResNet);
        var prepared = learner.Prepare();
        var stream = Toy.Stream(data, [learner], teacher);
        using var scope = NewDisposeScope();
        using var state = LearnerState.Begin(learner, prepared, data.Train.Labels, [teacher]);
        var batch = stream.At(0, 0, stream.Order(0), scope);

        var after = state.Step(learner, prepared, batch);

        var embedded = teacher.Apply(batch.Images(View.Plain)).Embedding;
        Assert.All(Enumerable.Range(0, Toy.Classes), c => Golden.Close(
            Golden.Flat(embedded.masked_fill(batch.Labels.ne(c).unsqueeze(1), 0).sum([0])), Golden.Flat(after.Memory["sums"][c]), relative: 1e-4, absolute: 1e-5));
    }
}
