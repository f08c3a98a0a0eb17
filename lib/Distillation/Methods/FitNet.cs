namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// FitNets (Romero et al. 2015) in one stage, as RepDistiller and mdistiller run it: a middle map of the student, through a regressor that learns with it, is held to the teacher's. The paper has
    /// two stages: <see cref="FitNetTwoStage"/>.
    /// </summary>
    /// <param name="weight">100, as in RepDistiller.</param>
    /// <param name="kd">Weight of the soft labels; 0, or 1 for FitNet + KD.</param>
    /// <param name="map">Which map, counted from the stem's 0; 2.</param>
    public static Method FitNet(Schedule? weight = null, Schedule? kd = null, int map = 2) => Guided(
        "fitnet", "Romero et al.: FitNets: Hints for Thin Deep Nets, ICLR 2015", Knowledge.Feature, [new("map", map)], weight ?? 100, kd ?? 0,
        (teacher, student) =>
        {
            var (own, guide) = StageTaps.Numbered(teacher, student, map);
            return new Guide(step => Losses.Hint(step.Player("regressor").Call(step.Student()[own.Name]), step.Teacher()[guide.Name]).mean())
            {
                Adapters = [Adapter("regressor", own.Shape, Regressor(own.Shape, guide.Shape))],
            };
        });

    // RepDistiller's: stride 2 from twice the size, a transposed convolution from half of it, else a kernel that shrinks by the difference; then normalisation and ReLU.
    private static Layer Regressor(Shape student, Shape teacher, bool relu = true) =>
        (student.Height == 2 * teacher.Height ? Layer.Conv("conv", teacher.Channels, kernel: 3, stride: 2, padding: 1, bias: true)
            : 2 * student.Height == teacher.Height ? Layer.ConvTransposed("conv", teacher.Channels, kernel: 4, stride: 2, padding: 1, bias: true)
            : student.Height >= teacher.Height ? Layer.Conv("conv", teacher.Channels, kernel: 1 + student.Height - teacher.Height, padding: 0, bias: true)
            : throw new BadInput($"A student's map of {student} cannot be regressed to the teacher's {teacher}; choose maps of equal size, or of half or twice it."))
        .Then(Layer.BatchNorm("bn")).Then(relu ? Layer.Relu : Layer.Identity);
}
