namespace Distillation;

public static partial class Methods
{
    /// <summary>Neuron selectivity transfer (Huang and Wang 2017), NST: the distribution of channels' maps in every stage.</summary>
    /// <param name="weight">Weight of the sum over stages; 50.</param>
    /// <param name="kd">Weight of the soft labels; 0, or 1 for NST + KD.</param>
    public static Method Nst(Schedule? weight = null, Schedule? kd = null) => Guided(
        "nst", "Huang, Wang: Like What You Like: Knowledge Distill via Neuron Selectivity Transfer, 2017", Knowledge.Feature, [], weight ?? 50, kd ?? 0,
        (teacher, student) =>
        {
            var stages = StageTaps.Stages(teacher, student);
            return new Guide(step => stages
                .Select(pair => Losses.NeuronSelectivity(step.Student()[pair.Student.Name], step.Teacher()[pair.Teacher.Name]).mean())
                .Aggregate((sum, stage) => sum + stage));
        });
}
