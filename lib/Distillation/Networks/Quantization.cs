using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>How a network computes in few bits: a value, changed with <c>with</c>.</summary>
/// <param name="Weights">Bits of each convolution's and linear layer's weight, and of an encoder's embedding tables (pieces, positions, segments), 2 to 16; <see cref="Float"/> leaves them.</param>
/// <param name="Activations">
/// Bits behind each ReLU, 1 to 16, and, from 2 on, in front of the linear maps of an encoder's blocks (its last layer reads them unrounded); <see cref="Float"/> leaves them as they are, without clips.
/// </param>
public sealed partial record Quantization(int Weights = 2, int Activations = Quantization.Float)
{
    /// <summary>The number of bits that stands for floating point.</summary>
    public const int Float = 32;

    /// <summary>How the levels of weights are chosen, one step per layer.</summary>
    public WeightRule Rule { get; init; } = WeightRule.Optimal;

    /// <summary>Bits of the first and the last weight, which many papers leave at 8 or in floating point; null quantizes them like the others. Where a rule has no grid of so many bits, theirs is the optimal one.</summary>
    public int? Edges { get; init; }

    /// <summary>
    /// Where every clip starts. Ours: PACT and its successors started between 6 and 10, from where only decay leads down; of two bits nearly everything is then zero for thousands of steps. Behind a
    /// normalisation few values are above 3, and a clip that is too low is raised by its gradient.
    /// </summary>
    public double Clip { get; init; } = 3;

    /// <summary>The decay of the clips, λ in λ·α²/2: the only one they have, whatever the optimizer decays. Ours, within the 1e-4 to 2e-4 of PACT's text.</summary>
    public double ClipDecay { get; init; } = 2e-4;

    /// <summary>Such as w2, w2a4, w2a4-sawb, w2-edges8: what a quantized network's name ends in. It tells all but where clips start and how they decay.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"w{Weights}{(Activations == Float ? "" : $"a{Activations}")}{(Rule switch
    {
        WeightRule.Sawb => "-sawb",
        WeightRule.SawbTernary => "-sawb3",
        _ => "",
    })}{(Edges is { } edges ? $"-edges{edges}" : "")}");

    /// <summary>The same with clips that start and decay as usual: what decides the function that a network computes of its weights.</summary>
    internal Quantization OfFunction => new(Weights, Activations) { Rule = Rule, Edges = Edges };

    /// <summary>Everything that it says: part of a network's identity.</summary>
    internal string Text => JsonSerializer.Serialize(this);

    /// <summary>The quantization of a <see cref="Name"/>, or null where it is none.</summary>
    internal static Quantization? Named(string name)
    {
        var match = Pattern().Match(name);
        return !match.Success ? null : new Quantization(Number("w") ?? Float, Number("a") ?? Float)
        {
            Rule = match.Groups["rule"].Value switch { "sawb" => WeightRule.Sawb, "sawb3" => WeightRule.SawbTernary, _ => WeightRule.Optimal },
            Edges = Number("e"),
        };

        int? Number(string group) => match.Groups[group].Success ? int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>What stands in place of a ReLU; null where they stay.</summary>
    internal Layer? Activation => Activations == Float ? null : Clipping($"clip to {Activations} bits", (x, clip, bits, fresh) => Quantizers.Clipped(x, clip, bits, inPlace: fresh));

    /// <summary>What stands where activations of both signs are rounded (<see cref="Layer.Rounding"/>); null where they are not.</summary>
    internal Layer? Signed => Activations == Float ? null : Clipping($"clip both ways to {Activations} bits", (x, clip, bits, _) => Quantizers.ClippedBothWays(x, clip, bits));

    private Layer Clipping(string kind, Func<Tensor, Tensor, int, bool, Tensor> function) => new((plan, input) =>
    {
        var fresh = plan.Fresh;
        var part = Enumerable.Range(1, plan.Parameters.Count + 1).Select(number => $"clip{number}").First(free => plan.Parameters.All(parameter => parameter.Name != plan.Name(free)));
        var name = plan.Name(part);
        (plan, var clip) = plan.Parameter(part, [1], Role.Clip, new Initializer.Constant(Clip));
        return new Built(plan.Row(kind, input, 1), input, (frame, x) => function(x, frame.Parameters[clip], frame.Pass.Bits?.Invoke(name) ?? Activations, fresh));
    });

    /// <summary>Bits of a network's weight.</summary>
    /// <param name="network">The network.</param>
    /// <param name="name">The name of one of its parameters.</param>
    /// <returns>Null where it stays float.</returns>
    public int? BitsOf(Network network, string name) => Quantized(network).Where(weight => weight.Parameter.Name == name).Select(weight => (int?)weight.Bits).FirstOrDefault();

    /// <summary>The rule for so many bits: the optimal one where the chosen has no grid of them.</summary>
    internal WeightRule RuleFor(int bits) => bits > (Rule == WeightRule.SawbTernary ? 2 : 4) ? WeightRule.Optimal : Rule;

    /// <summary>Whether any weight is quantized.</summary>
    internal bool OnWeights => Weights != Float || Edges is not (null or Float);

    /// <summary>The weights that are quantized, each with its bits, in the network's order.</summary>
    internal IReadOnlyList<(Parameter Parameter, int Bits)> Quantized(Network network)
    {
        var matrices = network.Parameters.Where(parameter => parameter.Role == Role.Matrix).ToList();
        return
        [
            .. from weight in matrices.Select((parameter, at) => (parameter, Bits: at == 0 || at == matrices.Count - 1 ? Edges ?? Weights : Weights))
               where weight.Bits != Float
               select weight,
        ];
    }

    /// <summary>
    /// The quantized weights' levels, [L, n] whole numbers as float32, and their steps, [L, 1], for each L weights of one size and precision: these go together. Whoever wants the same bits takes
    /// them from here, as libtorch adds up a long row with several threads in another order when the row is alone.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="flat">All its parameters, flat, without history. The tensors that come out are the caller's.</param>
    internal IEnumerable<(IReadOnlyList<Place> Places, int Bits, Tensor Codes, Tensor Steps)> Coded(Network network, Tensor flat) =>
        Quantized(network).GroupBy(weight => (weight.Parameter.Count, weight.Bits)).Select(alike =>
        {
            using var scope = NewDisposeScope();
            var places = alike.Select(weight => network.Table.Find(weight.Parameter.Name)!).ToList();
            var (codes, steps) = Quantizers.Codes(stack([.. places.Select(place => flat.narrow(0, place.Offset, place.Count))]), alike.Key.Bits, RuleFor(alike.Key.Bits));
            return ((IReadOnlyList<Place>)places, alike.Key.Bits, codes.MoveToOuterDisposeScope(), steps.MoveToOuterDisposeScope());
        });

    /// <summary>The flat parameters with every quantized weight on its levels, and the gradient of the flat parameters.</summary>
    internal Tensor OnLevels(Network network, Tensor flat)
    {
        var through = flat.clone();
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var (from, to) = (flat.detach(), through.detach());
        foreach (var (places, bits, codes, steps) in Coded(network, from))
        {
            using var inner = NewDisposeScope();
            var levels = Quantizers.Values(codes, steps, Quantizers.Levels(bits, RuleFor(bits)));
            foreach (var (place, row) in places.Select((place, row) => (place, row)))
            {
                to.narrow(0, place.Offset, place.Count).copy_(levels[row]);
            }

            codes.Dispose();
            steps.Dispose();
        }

        return through;
    }

    internal void Check()
    {
        // Whoever has no grid says so.
        new[] { Weights, Edges ?? Weights }.Where(bits => bits != Float).ToList().ForEach(bits => Quantizers.Levels(bits));

        if (Activations is not Float and not (>= 1 and <= 16))
        {
            throw new BadInput($"Activations are quantized to 1 to 16 bits, not {Activations}; {Float} leaves them in floating point.");
        }

        if (Weights != Float && RuleFor(Weights) != Rule)
        {
            throw new BadInput($"SAWB has constants for 2, 3 and 4 bits, and for three levels with 2, not for {Weights}; choose one of those, or the optimal rule.");
        }

        if (!OnWeights && Activations == Float)
        {
            throw new BadInput("Nothing is left to quantize with weights and activations in floating point; give one of them fewer bits.");
        }

        if (!(Clip > 0 && double.IsFinite(Clip) && ClipDecay >= 0 && double.IsFinite(ClipDecay)))
        {
            throw new BadInput($"A clip starts above 0 and decays at 0 or more, not {Clip} and {ClipDecay}.");
        }
    }

    [GeneratedRegex(@"^w(?<w>[0-9]{1,2})(?:a(?<a>[0-9]{1,2}))?(?:-(?<rule>sawb3?))?(?:-edges(?<e>[0-9]{1,2}))?\z")]
    private static partial Regex Pattern();
}

/// <summary>Networks that follow another's precision, and what a pass may ask of one.</summary>
public static class Precisions
{
    /// <summary>The network quantized as another is; the same where the other is not.</summary>
    internal static Network QuantizedLike(this Network network, Network other) => other.Quantization is { } how ? network.Quantize(how) : network;

    /// <summary>
    /// The stochastic precision of a self-teacher (Boo et al. 2021, SPEQ): every activation by itself has <paramref name="high"/> bits with a probability, else the bits it was quantized to. A function
    /// for <see cref="Pass.Bits"/>, drawn from the key, one draw for the whole batch: <c>pass with { Update = false, Bits = Precisions.Drawn(key, 8, 0.5) }</c>.
    /// </summary>
    /// <param name="key">What is drawn from; another one for every step.</param>
    /// <param name="high">Bits of the lucky ones.</param>
    /// <param name="chance">How likely each is to be one, 0 … 1.</param>
    public static Func<string, int?> Drawn(Key key, int high, double chance) => name => key.Fold(name).Seed < chance * 4294967296.0 ? high : null;

    /// <summary>The same bits for every activation.</summary>
    public static Func<string, int?> Of(int bits) => _ => bits;
}
