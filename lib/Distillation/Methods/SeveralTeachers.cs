using static TorchSharp.torch;

namespace Distillation;

/// <content>Methods for one teacher, asked of several: what ensembles of features are compared with.</content>
public static partial class Methods
{
    /// <summary>Knowledge distillation from the mean of several teachers' logits; with one teacher it is <see cref="Hinton"/>.</summary>
    /// <param name="temperature">τ; 4.</param>
    /// <param name="weight">Of the teachers' part; 0.9.</param>
    /// <param name="hard">Of the labels; 0.1.</param>
    public static Method HintonEnsemble(double temperature = 4, Schedule? weight = null, Schedule? hard = null) => OfLogits(
        "kd-ensemble", "Hinton, Vinyals, Dean: Distilling the Knowledge in a Neural Network, 2015, from the mean logits of several teachers", [new("temperature", Temperature(temperature))], weight ?? 0.9, hard ?? 0.1,
        step => Losses.Hinton(step.Student().Logits, Mean([.. step.Teachers().Select(teacher => teacher.Logits)]), temperature).mean(), new Teacher.Frozen(1, MostTeachers)) with
    { Family = Family.MultiTeacher };

    /// <summary>Attention transfer from several teachers: the mean over teachers of <see cref="At"/>'s term.</summary>
    /// <param name="weight">Of that mean; 1000.</param>
    public static Method AtEnsemble(Schedule? weight = null) => FromSeveral(
        "at-ensemble", "Zagoruyko, Komodakis: Paying More Attention to Attention, ICLR 2017, from several teachers", [], weight ?? 1000,
        (teachers, student) =>
        {
            var stages = teachers.Select(network => StageTaps.Stages(network, student)).ToList();
            return new Guide(step => Mean([.. stages.Select((pairs, i) => pairs
                .Select(pair => Losses.AttentionTransfer(step.Student()[pair.Student.Name], step.Teacher(teacher: i)[pair.Teacher.Name]).mean())
                .Aggregate((sum, stage) => sum + stage))]));
        });

    /// <summary>Factor transfer from several teachers: a paraphraser and a translator for each, and the mean over teachers of <see cref="Ft"/>'s term.</summary>
    /// <param name="weight">Of that mean; 200, or 500 in the original form.</param>
    /// <param name="original">As in <see cref="Ft"/>.</param>
    /// <param name="rate">As in <see cref="Ft"/>; 0.5.</param>
    /// <param name="epochs">As in <see cref="Ft"/>; 30.</param>
    public static Method FtEnsemble(Schedule? weight = null, bool original = false, double rate = 0.5, int epochs = 30) => FromSeveral(
        "ft-ensemble", "Kim, Park, Kwak: Paraphrasing Complex Network: Network Compression via Factor Transfer, NeurIPS 2018, from several teachers",
        [new("original", original ? 1 : 0), new("rate", rate), new("epochs", epochs)], weight ?? (original ? 500 : 200),
        (teachers, student) =>
        {
            var factors = teachers.Select((network, i) => new Factors(network, student, i, $" {i + 1}", original, rate)).ToList();
            return new Guide(step => Mean([.. factors.Select(one => one.Transfer(step))]))
            {
                Front = [Paraphrasing(epochs, factors)],
                Adapters = [.. factors.SelectMany(one => one.Players)],
                Plays = name => factors.Any(one => one.Translator == name),
            };
        });

    // Labels and one term of a guide that looks at all teachers.
    private static Method FromSeveral(string name, string citation, IReadOnlyList<Setting> settings, Schedule weight, Func<IReadOnlyList<Network>, Network, Guide> prepare) => new(
        name, 1, citation, Knowledge.Feature, Scheme.Offline, new Teacher.Frozen(1, MostTeachers), [new("weight", weight), .. settings],
        (teachers, student) =>
        {
            var guide = prepare(teachers, student);
            return new Prepared([.. guide.Front, new Phase("training", ["labels", name], (step, memory) =>
                new Outcome([new Term("labels", step.TaskLoss(), 1), new Term(name, guide.Loss!(step, memory).Loss, weight)], memory)) { Plays = guide.Plays }])
            { Players = guide.Adapters };
        })
    { Family = Family.MultiTeacher };

    private static Tensor Mean(IReadOnlyList<Tensor> values) => values.Count == 1 ? values[0] : stack(values).mean([0L]);
}
