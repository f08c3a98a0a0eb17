using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <summary>Which of the student's layers each of the teacher's is held to, decided by attention (Ji, Heo, Park 2021, AFD).</summary>
public static partial class Losses
{
    /// <summary>
    /// Σ_t Σ_s α_ts · mean (h_s − h_t)², with α the softmax over the student's layers s of (q_t · k_st + p_t · p_s) / √d (AFD, equations 3 to 5).
    /// </summary>
    /// <param name="queries">q: [B, T, d], one per layer of the teacher.</param>
    /// <param name="keys">k: [B, S, T, d], one per pair of layers.</param>
    /// <param name="teacherPositions">p_t: [T, d].</param>
    /// <param name="studentPositions">p_s: [S, d].</param>
    /// <param name="teacher">h_t for every t: [B, pixels of t]; no gradient flows into them.</param>
    /// <param name="student">h_s in the size of every t: [B, S, pixels of t].</param>
    /// <returns>[B].</returns>
    public static Tensor AttendedFeatures(
        Tensor queries, Tensor keys, Tensor teacherPositions, Tensor studentPositions, IReadOnlyList<Tensor> teacher, IReadOnlyList<Tensor> student)
    {
        Guard.SameBatch(queries, nameof(queries), keys, nameof(keys));
        var scores = (keys * queries.unsqueeze(1)).sum(3).transpose(1, 2) + teacherPositions.matmul(studentPositions.t());
        var attention = (scores / Math.Sqrt(queries.shape[2])).softmax(2);
        return teacher.Select((target, t) => ((student[t] - target.detach().unsqueeze(1)).square().mean([2]) * attention.select(1, t)).sum(1)).Aggregate((sum, layer) => sum + layer);
    }

    /// <summary>The mean over channels of the squares, average-pooled to a size, of norm 1 per sample: what AFD compares.</summary>
    /// <param name="map">[B, C, H, W].</param>
    /// <param name="height">Rows to pool to, which may be more than the map's.</param>
    /// <param name="width">Columns.</param>
    /// <returns>[B, height · width].</returns>
    public static Tensor EnergyMap(Tensor map, long height, long width)
    {
        Guard.Map(map, nameof(map));
        return F.normalize(F.adaptive_avg_pool2d(Full(map).square().mean([1], keepdim: true), [height, width]).flatten(1));
    }
}
