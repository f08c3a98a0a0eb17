using System.Globalization;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation;

/// <content>What encoders of text do. A text is a map of height 1, [B, C, 1, L], with one column for each of its L places, so that taps and feature methods see maps as everywhere else.</content>
public sealed partial record Layer
{
    // What BERT draws its matrices from (Devlin et al. 2019, the authors' code).
    private static Initializer BertMatrix { get; } = new Initializer.Normal(0.02);

    /// <summary>x · Φ(x) with the distribution function Φ of the standard normal (Hendrycks and Gimpel 2016), exact rather than by tanh.</summary>
    public static Layer Gelu { get; } = Map("gelu", x => x.gelu());

    /// <summary>Where a quantized network clips and rounds activations of both signs; nothing in any other.</summary>
    public static Layer Rounding { get; } = new((plan, input) => (plan.Signed ?? Identity).Build(plan, input));

    /// <summary>
    /// From the numbers of a text to vectors: [B, 3, 1, L] with the word piece, whether the place is taken (1 or 0) and the segment, to [B, <paramref name="width"/>, 1, L]: the sum of three learned
    /// tables <c>word_embeddings.weight</c>, <c>position_embeddings.weight</c> and <c>token_type_embeddings.weight</c>. Attention behind it looks at taken places only. The numbers must come in float32,
    /// which tells whole numbers up to 2^24 apart.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <param name="width">Length of each vector.</param>
    /// <param name="vocabulary">How many word pieces there are.</param>
    /// <param name="positions">How many places the table of positions has; at least L.</param>
    /// <param name="segments">How many segments a text may have.</param>
    public static Layer Embeddings(string name, long width, long vocabulary, long positions, long segments = 2) => new Layer((plan, input) =>
    {
        if (input.Flat || input.Channels != 3 || input.Height != 1 || input.Width > positions)
        {
            throw new BadInput($"The embeddings '{plan.Prefix}' read texts of 3x1xL with L at most {positions}, not {input}; give the network shorter texts or more positions.");
        }

        (plan, var word) = plan.Parameter("word_embeddings.weight", [vocabulary, width], Role.Matrix, BertMatrix);
        (plan, var position) = plan.Parameter("position_embeddings.weight", [positions, width], Role.Matrix, BertMatrix);
        (plan, var segment) = plan.Parameter("token_type_embeddings.weight", [segments, width], Role.Matrix, BertMatrix);
        var output = input with { Channels = width };
        return new Built(plan.Row("embeddings", output, (vocabulary + positions + segments) * width), output, (frame, x) =>
        {
            var (batch, length) = (x.shape[0], x.shape[3]);
            frame.Taken[0] = x.select(1, 1).reshape(batch, 1, 1, length).gt(0);
            var sum = Looked(frame.Parameters[word], 0) + Looked(frame.Parameters[segment], 2) + frame.Parameters[position].narrow(0, 0, length);
            return sum.transpose(1, 2).unsqueeze(2);

            Tensor Looked(Tensor table, long channel) => table.index_select(0, x.select(1, channel).reshape(-1).to_type(ScalarType.Int64)).view(batch, length, -1);
        });
    }).Within(name);

    /// <summary>
    /// (x − mean) / √(variance + ε) over the channels of each place, scaled and shifted by <c>name.weight</c> and <c>name.bias</c>, each [C] (Ba, Kiros and Hinton 2016).
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <param name="epsilon">Added to the variance; 1e-12 as BERT has it.</param>
    public static Layer LayerNorm(string name, double epsilon = 1e-12) => new Layer((plan, input) =>
    {
        long[] shape = [input.Channels];
        (plan, var scale) = plan.Parameter("weight", shape, Role.Vector, new Initializer.Constant(1));
        (plan, var shift) = plan.Parameter("bias", shape, Role.Vector, new Initializer.Constant(0));
        return new Built(plan.Row(string.Create(CultureInfo.InvariantCulture, $"layer norm (epsilon {epsilon})"), input, 2 * input.Channels), input, (frame, x) =>
            AtPlaces(x, y => F.layer_norm(y, shape, frame.Parameters[scale].to_type(y.dtype), frame.Parameters[shift].to_type(y.dtype), epsilon)));
    }).Within(name);

    /// <summary>The same affine map of every place: [B, C, H, W] to [B, <paramref name="outputs"/>, H, W] with <c>name.weight</c> [outputs, C] and <c>name.bias</c> [outputs].</summary>
    /// <param name="name">Its name.</param>
    /// <param name="outputs">Channels that come out.</param>
    /// <param name="initializer">How the weight starts; by default as BERT's, normal with deviation 0.02. The bias starts at 0.</param>
    public static Layer Dense(string name, long outputs, Initializer? initializer = null) => new((plan, input) =>
    {
        var (output, one) = (input with { Channels = outputs }, Linear(name, outputs, initializer: initializer ?? BertMatrix).Build(plan, Shape.Vector(input.Channels)));
        var row = one.Plan.Rows[^1];
        var places = input.Flat ? 1 : input.Height * input.Width;
        return one with
        {
            Plan = one.Plan with { Rows = one.Plan.Rows.SetItem(one.Plan.Rows.Count - 1, row with { Output = output, MultiplyAdds = row.MultiplyAdds * places }) },
            Output = output,
            Forward = (frame, x) => AtPlaces(x, y => one.Forward(frame, y)),
        };
    });

    /// <summary>
    /// Every place asks all taken places (Vaswani et al. 2017, section 3.2): softmax(QKᵀ / √d) V for each head, with <c>name.query</c>, <c>name.key</c> and <c>name.value</c>, each a
    /// <see cref="Dense"/> map that keeps the width. The heads' answers stand one after another along the channels.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <param name="heads">How many; they divide the width.</param>
    /// <param name="dropout">Probability with which a place is not listened to, only where the pass carries a key.</param>
    public static Layer Attention(string name, long heads, double dropout = 0) => new Layer((plan, input) =>
    {
        if (heads < 1 || input.Channels % heads != 0)
        {
            throw new BadInput($"{heads} heads do not divide the width {input.Channels} of '{plan.Prefix}'; choose a number that does.");
        }

        var size = input.Channels / heads;
        var (drop, maps) = (Dropout("dropout", dropout).Build(plan, input).Forward, new List<Forward>());
        foreach (var part in new[] { "query", "key", "value" })
        {
            var map = Dense(part, input.Channels).Build(plan with { Before = null, Fresh = false }, input);
            maps.Add(map.Forward);
            plan = map.Plan;
        }

        return new Built(plan.Row("attention", input), input, (frame, x) =>
        {
            var (batch, length) = (x.shape[0], x.shape[3]);
            var split = maps.Select(map => map(frame, x).view(batch, heads, size, length)).ToList();
            var scores = split[0].transpose(2, 3).matmul(split[1]) / Math.Sqrt(size);
            var heard = (frame.Taken[0] is { } taken ? scores.masked_fill(taken.logical_not(), double.NegativeInfinity) : scores).softmax(-1);
            return split[2].matmul(drop(frame, heard).transpose(2, 3)).reshape(batch, input.Channels, 1, length);
        });
    }).Within(name);

    /// <summary>The first place of a text kept under a name as a vector, [B, C]; the text flows on. In BERT it is the one that stands for the whole.</summary>
    public static Layer TapFirst(string name) => new((plan, input) =>
    {
        var vector = TapHere(name).Build(plan, Shape.Vector(input.Channels));
        return new Built(vector.Plan, input, (frame, x) =>
        {
            vector.Forward(frame, x.select(3, 0).flatten(1));
            return x;
        });
    });

    // A function over the last dimension, of a map with its channels there.
    private static Tensor AtPlaces(Tensor x, Func<Tensor, Tensor> function) => x.dim() == 4 ? function(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2) : function(x);
}
