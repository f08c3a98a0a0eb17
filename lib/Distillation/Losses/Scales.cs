using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <summary>Losses that look at a map in several sizes.</summary>
public static partial class Losses
{
    /// <summary>
    /// The hierarchical context loss (Chen et al. 2021, ReviewKD, section 3.3): the mean squared difference of the maps, and of their averages over 4x4, 2x2 and 1x1 cells with half the weight each
    /// time, over the sum of the weights. Sizes that are not smaller than the map are left out.
    /// </summary>
    /// <param name="student">[B, C, H, W], already of the teacher's shape.</param>
    /// <param name="teacher">[B, C, H, W]; no gradient flows into it.</param>
    /// <returns>[B].</returns>
    public static Tensor HierarchicalContext(Tensor student, Tensor teacher)
    {
        Guard.Map(student, nameof(student));
        Guard.SameShape(student, nameof(student), teacher, nameof(teacher));
        // Averaging is linear, so the difference is averaged.
        var difference = Full(student) - Full(teacher.detach());
        var sizes = new long[] { 4, 2, 1 }.Where(size => size < student.shape[2]).ToList();
        var terms = sizes.Select(size => F.adaptive_avg_pool2d(difference, [size, size])).Prepend(difference).Select((map, i) => PerSample(map.square()) * Math.Pow(2, -i));
        return terms.Aggregate((sum, term) => sum + term) / (2 - Math.Pow(2, -sizes.Count));
    }

    /// <summary>The logits of every cell of a map under the network's own classifier: the map averaged over 4x4 cells, and these over fewer (Wei et al. 2024, SDD, section 3.2).</summary>
    /// <param name="map">[B, n, H, W], the map that the network pools.</param>
    /// <param name="weight">Of the classifier, [C, n].</param>
    /// <param name="bias">[C].</param>
    /// <param name="grids">Cells a side; 1 is the whole map.</param>
    /// <returns>[B, regions, C], region 0 first; with 1, 2 and 4 there are 21.</returns>
    public static Tensor Regions(Tensor map, Tensor weight, Tensor bias, IReadOnlyList<int> grids)
    {
        Guard.Map(map, nameof(map));
        var cells = F.adaptive_avg_pool2d(Full(map), [4, 4]);
        var vectors = cat([.. grids.Select(grid => (grid == 4 ? cells : F.adaptive_avg_pool2d(cells, [grid, grid])).flatten(2))], 2).transpose(1, 2);
        return F.linear(vectors, Full(weight), Full(bias));
    }

    /// <summary>
    /// A loss of logits in every region, its mean over regions; where the teacher is right about a region and wrong about the whole, or the other way round, it counts twice (Wei et al. 2024, SDD,
    /// equation 8). Region 0 is the whole.
    /// </summary>
    /// <param name="student">[B, R, C], see <see cref="Regions"/>.</param>
    /// <param name="teacher">[B, R, C]; no gradient flows into it.</param>
    /// <param name="labels">[B] Int64.</param>
    /// <param name="loss">From logits [n, C] of both and labels [n] to [n].</param>
    /// <returns>[B].</returns>
    public static Tensor ScaleDecoupled(Tensor student, Tensor teacher, Tensor labels, Func<Tensor, Tensor, Tensor, Tensor> loss)
    {
        Guard.SameShape(student, nameof(student), teacher, nameof(teacher));
        var (guide, regions) = (teacher.detach(), student.shape[1]);
        var right = guide.argmax(2).eq(labels.unsqueeze(1));
        var counts = right.ne(right.narrow(1, 0, 1)).to_type(student.dtype) + 1;
        var each = loss(student.flatten(0, 1), guide.flatten(0, 1), labels.unsqueeze(1).expand(-1, regions).reshape(-1));
        return (each.reshape(-1, regions) * counts).mean([1]);
    }

    /// <summary>What a linear classifier behind the mean over pixels says of every pixel by itself (Guo et al. 2023, CAT-KD, equation 2): the mean of these maps are the logits.</summary>
    /// <param name="map">[B, n, H, W], the map that the network pools.</param>
    /// <param name="weight">[C, n].</param>
    /// <param name="bias">[C].</param>
    /// <returns>[B, C, H, W].</returns>
    public static Tensor ActivationMaps(Tensor map, Tensor weight, Tensor bias) => F.conv2d(Full(map), Full(weight).unsqueeze(2).unsqueeze(3), Full(bias));

    /// <summary>The mean squared difference of class activation maps averaged over r x r cells (Guo et al. 2023, CAT-KD, equation 5).</summary>
    /// <param name="student">[B, C, H_S, W_S], one map per class.</param>
    /// <param name="teacher">[B, C, H_T, W_T]; no gradient flows into it.</param>
    /// <param name="resolution">r.</param>
    /// <param name="normalize">Whether every map is scaled to norm 1 first.</param>
    /// <returns>[B].</returns>
    public static Tensor ClassMaps(Tensor student, Tensor teacher, int resolution = 2, bool normalize = false)
    {
        Guard.Map(student, nameof(student));
        Guard.Map(teacher, nameof(teacher));
        var (s, t) = (Cells(student), Cells(teacher.detach()));
        Guard.SameShape(s, "the student's class maps", t, "the teacher's class maps");
        return PerSample((s - t).square());

        Tensor Cells(Tensor map)
        {
            var cells = F.adaptive_avg_pool2d(Full(map), [resolution, resolution]).flatten(2);
            return normalize ? F.normalize(cells, dim: 2) : cells;
        }
    }
}
