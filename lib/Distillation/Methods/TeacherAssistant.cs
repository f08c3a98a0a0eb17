namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Knowledge distillation by teacher assistants (Mirzadeh et al. 2020), TAKD: Hinton's objective, from teacher to an assistant between the two in size, and from it to the student. The way is a chain of
    /// experiments, <c>experiment.Through(assistant)</c>; this is each of its steps.
    /// </summary>
    /// <param name="temperature">τ; 4, as in <see cref="Hinton"/>. The paper searches for it, and for the weights, anew on every pair.</param>
    /// <param name="weight">Of the teacher's part; 0.9.</param>
    /// <param name="hard">Of the labels; 0.1.</param>
    public static Method Takd(Schedule? temperature = null, Schedule? weight = null, Schedule? hard = null) => Hinton(temperature, weight, hard) with
    {
        Name = "takd",
        Citation = "Mirzadeh et al.: Improved Knowledge Distillation via Teacher Assistant, AAAI 2020",
    };
}
