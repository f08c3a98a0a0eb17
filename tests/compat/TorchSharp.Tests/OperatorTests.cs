namespace TorchSharp.Tests;

/// <summary>Every operator of the golden file, called through TorchSharp, gives PyTorch's values and shape.</summary>
public sealed class OperatorTests
{
    private static Tensor X => Golden.Fill(2, 3, 8, 8);
    private static Tensor A => Golden.Fill(4, 6);
    private static Tensor B => Golden.Fill(6, 5);
    private static Tensor Logits => Golden.Fill(5, 7);
    private static Tensor Other => Golden.Fill(5, 7).flip(0);
    private static Tensor Labels => tensor(new long[] { 0, 3, 6, 2, 1 });
    private static Tensor W => Golden.Fill(4, 3, 3, 3);
    private static Tensor Signal => (arange(400, dtype: float32) * 0.05).sin() + (arange(400, dtype: float32) * 0.31).cos() * 0.5;

    private static readonly Dictionary<string, Func<Tensor>> Calls = new()
    {
        ["mm"] = () => A.mm(B),
        ["einsum"] = () => einsum("ij,jk->ki", A, B),
        ["cdist"] = () => cdist(A, Golden.Fill(3, 6)),
        ["softmax"] = () => Logits.softmax(1),
        ["log_softmax"] = () => F.log_softmax(Logits, 1),
        ["logsumexp"] = () => Logits.logsumexp(1),
        ["var unbiased"] = () => Logits.var(1),
        ["var biased"] = () => Logits.var(1, unbiased: false),
        ["std all"] = () => Logits.std(),
        ["norm 1"] = () => Logits.norm(1f),
        ["norm dim"] = () => Logits.norm(1, false, 2f),
        ["topk"] = () => Logits.topk(3, 1).values,
        ["sort"] = () => Logits.sort(1, descending: true).Indices,
        ["cumsum"] = () => Logits.cumsum(1),
        ["median"] = () => Logits.median(),
        ["quantile"] = () => Logits.quantile(tensor(new[] { 0.25f, 0.5f }), dim: 1),
        ["roll"] = () => Logits.roll(new long[] { 1, 2 }, new long[] { 0, 1 }),
        ["rot90"] = () => Logits.rot90(1, (0, 1)),
        ["remainder"] = () => Logits % 0.3,
        ["floor div"] = () => Logits.div(0.3, RoundingMode.floor),
        ["lerp"] = () => Logits.lerp(Other, full_like(Other, 0.3)),
        ["addcdiv"] = () => Logits.addcdiv(Other, Other + 3, 0.5),
        ["conv2d"] = () => F.conv2d(X, W, strides: [2, 2], padding: [1, 1]),
        ["conv1d"] = () => F.conv1d(Golden.Fill(2, 3, 9), Golden.Fill(4, 3, 3), padding: 1),
        ["conv_transpose2d"] = () => F.conv_transpose2d(X, Golden.Fill(3, 2, 4, 4), strides: [2, 2], padding: [1, 1]),
        ["grouped conv2d"] = () => F.conv2d(X, Golden.Fill(3, 1, 3, 3), groups: 3),
        ["linear"] = () => F.linear(A, Golden.Fill(3, 6), Golden.Fill(3)),
        ["max_pool2d"] = () => F.max_pool2d(X, 3, 2, 1),
        ["avg_pool2d"] = () => F.avg_pool2d(X, 2),
        ["adaptive_avg_pool2d"] = () => F.adaptive_avg_pool2d(X, (3, 2)),
        ["adaptive_max_pool2d"] = () => F.adaptive_max_pool2d(X, [2, 2]),
        ["nearest"] = () => F.interpolate(X, size: [5, 11]),
        ["bilinear"] = () => F.interpolate(X, scale_factor: [2, 2], mode: InterpolationMode.Bilinear, align_corners: false),
        ["bilinear corners"] = () => F.interpolate(X, size: [5, 5], mode: InterpolationMode.Bilinear, align_corners: true),
        ["bicubic"] = () => F.interpolate(X, size: [12, 12], mode: InterpolationMode.Bicubic, align_corners: false),
        ["area"] = () => F.interpolate(X, size: [4, 4], mode: InterpolationMode.Area),
        ["pad constant"] = () => F.pad(X, (1, 2, 0, 1), value: 0.5),
        ["pad reflect"] = () => F.pad(X, (2, 2, 1, 1), PaddingModes.Reflect),
        ["pad replicate"] = () => F.pad(X, (2, 2, 1, 1), PaddingModes.Replicate),
        ["batch_norm"] = () => F.batch_norm(X, zeros(3), ones(3), Golden.Fill(3), Golden.Fill(3), training: true),
        ["group_norm"] = () => F.group_norm(X, 3, Golden.Fill(3), Golden.Fill(3)),
        ["layer_norm"] = () => F.layer_norm(Logits, [7], Golden.Fill(7), Golden.Fill(7)),
        ["normalize"] = () => F.normalize(Logits, dim: 1),
        ["gelu"] = () => F.gelu(Logits),
        ["elu"] = () => F.elu(Logits, 0.7),
        ["softplus"] = () => F.softplus(Logits, 2, 1),
        ["leaky_relu"] = () => F.leaky_relu(Logits, 0.2),
        ["hardtanh"] = () => Logits.hardtanh(-0.4, 0.3),
        ["silu"] = () => F.silu(Logits),
        ["cross_entropy"] = () => F.cross_entropy(Logits, Labels),
        ["cross_entropy smoothed none"] = () => F.cross_entropy(Logits, Labels, reduction: nn.Reduction.None, label_smoothing: 0.1),
        ["cross_entropy soft"] = () => F.cross_entropy(Logits, Other.softmax(1)),
        ["nll_loss"] = () => F.nll_loss(Logits.log_softmax(1), Labels, reduction: nn.Reduction.Sum),
        ["kl_div log"] = () => F.kl_div(Logits.log_softmax(1), Other.log_softmax(1), reduction: nn.Reduction.Sum),
        ["kl_div plain"] = () => F.kl_div(Logits.log_softmax(1), Other.softmax(1), log_target: false, reduction: nn.Reduction.Sum),
        ["mse_loss"] = () => F.mse_loss(Logits, Other),
        ["l1_loss"] = () => F.l1_loss(Logits, Other, nn.Reduction.Sum),
        ["smooth_l1_loss"] = () => F.smooth_l1_loss(Logits, Other, beta: 0.5),
        ["bce"] = () => F.binary_cross_entropy(Logits.sigmoid(), Other.sigmoid()),
        ["bce logits"] = () => F.binary_cross_entropy_with_logits(Logits, Other.sigmoid(), pos_weights: Golden.Fill(7).abs()),
        ["cosine_similarity"] = () => F.cosine_similarity(Logits, Other),
        ["triplet"] = () => F.triplet_margin_loss(Logits, Other, Logits.flip(1)),
        ["one_hot"] = () => F.one_hot(Labels, 8),
        ["grid_sample"] = () => F.grid_sample(X, F.affine_grid(Golden.Fill(2, 2, 3), [2, 3, 5, 5]), align_corners: false),
        ["grid_sample border"] = () => F.grid_sample(X, F.affine_grid(Golden.Fill(2, 2, 3) * 2, [2, 3, 5, 5], align_corners: true), GridSampleMode.Nearest, GridSamplePaddingMode.Border, align_corners: true),
        ["unfold"] = () => F.unfold(X, 3, padding: 1, stride: 2),
        ["pixel_shuffle"] = () => F.pixel_shuffle(Golden.Fill(1, 8, 2, 2), 2),
        ["stft"] = () => stft(Signal.reshape(1, -1), 64, window: hann_window(64), return_complex: true),
        ["stft hop"] = () => Signal.stft(50, hop_length: 20, win_length: 40, window: hann_window(40), center: false, return_complex: true),
        ["istft"] = () => istft(stft(Signal, 64, window: hann_window(64), return_complex: true), 64, window: hann_window(64), length: 400),
        ["hann_window"] = () => hann_window(10),
        ["repeat_interleave"] = () => Labels.repeat_interleave(Labels),
        ["bincount"] = () => Labels.bincount(null, minlength: 9),
        ["unique"] = () => tensor(new long[] { 3, 1, 3, 2, 1 }).unique().output,
        ["index mask"] = () => Logits[TensorIndex.Tensor(Logits > 0.5)],
        ["index tensor"] = () => Logits[tensor(new long[] { 4, 0, 2 })],
        ["index mixed"] = () => X[TensorIndex.Colon, TensorIndex.Tensor(tensor(new long[] { 2, 0 })), TensorIndex.Slice(1, 7, 2), TensorIndex.Ellipsis, 3],
        ["gather"] = () => Logits.gather(1, Labels.reshape(-1, 1)),
        ["scatter"] = () => zeros(5, 7).scatter(1, Labels.reshape(-1, 1), ones(5, 1)),
        ["tril"] = () => Golden.Fill(4, 4).tril(-1),
        ["eigvalsh"] = () => linalg.eigvalsh(A.mm(A.t())),
        ["svdvals"] = () => linalg.svdvals(A)
    };

    // The package cuts at -1 and 1 whatever it is asked.
    private const string OfTheStandIn = "hardtanh";

    public static TheoryData<string> Names => [.. Golden.Operators.Where(name => name != OfTheStandIn)];

    [StandInFact]
    public void What_the_package_answers_otherwise_is_as_in_PyTorch_here() => An_operator_answers_as_in_PyTorch(OfTheStandIn);

    [Theory]
    [MemberData(nameof(Names))]
    public void An_operator_answers_as_in_PyTorch(string name)
    {
        using var scope = NewDisposeScope();
        var answer = Calls[name]();
        Assert.Equal(Golden.Shape(name), answer.shape);
        Golden.Close(Golden.Values(name), Golden.Flat(answer), name is "grid_sample" ? 1e-4 : 2e-5);
    }

    [Fact]
    public void Attention_is_a_softmax_over_scaled_products()
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = (Golden.Fill(2, 3, 4), Golden.Fill(2, 5, 4), Golden.Fill(2, 5, 6));
        var expected = (q.bmm(k.transpose(1, 2)) / 2.0).softmax(2).bmm(v);
        Golden.Close(Golden.Flat(expected), Golden.Flat(F.scaled_dot_product_attention(q, k, v)));
        var causal = F.scaled_dot_product_attention(q, q, q, is_casual: true);
        Golden.Close(Golden.Flat(q[TensorIndex.Colon, 0]), Golden.Flat(causal[TensorIndex.Colon, 0]));
    }
}
