using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>Which parameters weight decay pulls towards zero.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Decayed>))]
public enum Decayed
{
    /// <summary>All, batch normalisation and biases included: what the distillation literature does.</summary>
    All,

    /// <summary>Convolution and linear weights only.</summary>
    Matrices,
}

/// <summary>
/// An update over one flat parameter vector. The record says how; what it remembers (momentum, moments) is in <see cref="Slots"/>, which belong to whoever trains.
/// Every update is in place, needs no host synchronisation, and gives what the optimizer of the same name in PyTorch gives.
/// </summary>
[JsonDerivedType(typeof(Sgd), "sgd")]
[JsonDerivedType(typeof(Dot), "dot")]
[JsonDerivedType(typeof(Adam), "adam")]
[JsonDerivedType(typeof(AdamW), "adamw")]
public abstract record Optimizer
{
    private Optimizer()
    {
    }

    /// <summary>
    /// Stochastic gradient descent: g ← g + λp; b ← μb + g (b = g in the first step); p ← p − η(g + μb) with Nesterov, p ← p − ηb without.
    /// </summary>
    /// <param name="Momentum">μ.</param>
    /// <param name="Decay">λ.</param>
    /// <param name="Nesterov">Look ahead along the momentum.</param>
    /// <param name="Decayed">What λ applies to.</param>
    public sealed record Sgd(double Momentum = 0.9, double Decay = 0, bool Nesterov = false, Decayed Decayed = Decayed.All) : Optimizer;

    /// <summary>
    /// The distillation-oriented trainer (Zhao et al. 2023, DOT): the gradient of the labels and that of everything else have a momentum each, μ − Δ and μ + Δ, so that the second leads. b₁ ← (μ − Δ)b₁ + g₁ + λp,
    /// b₂ ← (μ + Δ)b₂ + g₂, p ← p − η(b₁ + b₂). Who has one gradient only, such as an adapter, is moved with μ.
    /// </summary>
    /// <param name="Momentum">μ.</param>
    /// <param name="Delta">Δ.</param>
    /// <param name="Decay">λ.</param>
    /// <param name="Decayed">What λ applies to.</param>
    public sealed record Dot(double Momentum = 0.9, double Delta = 0.075, double Decay = 0, Decayed Decayed = Decayed.All) : Optimizer;

    /// <summary>Whether it takes the groups of a gradient apart.</summary>
    internal bool Apart => this is Dot;

    /// <summary>Adam (Kingma and Ba 2015) with decay added to the gradient.</summary>
    public sealed record Adam(double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8, double Decay = 0, Decayed Decayed = Decayed.All) : Optimizer;

    /// <summary>Adam with decoupled decay (Loshchilov and Hutter 2019): p ← p − ηλp before the step.</summary>
    public sealed record AdamW(double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8, double Decay = 0.01, Decayed Decayed = Decayed.All) : Optimizer;

    /// <summary>What the optimizer remembers at the start: zeros like the parameters, one tensor per slot.</summary>
    public Slots Start(Tensor parameters) => new(
        [.. Enumerable.Range(0, this is Sgd { Momentum: 0 } ? 0 : this is Sgd ? 1 : 2).Select(_ => zeros_like(parameters, requires_grad: false))], Steps: 0);

    /// <summary>One step, in place on the parameters and the slots.</summary>
    /// <param name="parameters">[n] float32; the first <paramref name="matrixCount"/> values belong to matrices.</param>
    /// <param name="gradient">[n]; it may be overwritten.</param>
    /// <param name="slots">What <see cref="Start"/> or the last step gave.</param>
    /// <param name="rate">Learning rate η.</param>
    /// <param name="matrixCount">How many of the values belong to matrices.</param>
    /// <param name="apart">How many values at the end no decay applies to, such as clips, which have their own.</param>
    /// <returns>The slots for the next step; they hold the same tensors.</returns>
    public Slots Step(Tensor parameters, Tensor gradient, Slots slots, double rate, long matrixCount, long apart = 0)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var step = slots.Steps + 1;
        switch (this)
        {
            case Sgd s:
                AddDecay(gradient, parameters, s.Decay, s.Decayed, matrixCount, apart);
                if (s.Momentum == 0)
                {
                    parameters.add_(gradient, alpha: -rate);
                    break;
                }

                // From a momentum of zero, μb + g is the g that PyTorch starts with.
                var momentum = slots.Tensors[0].mul_(s.Momentum).add_(gradient);
                parameters.add_(s.Nesterov ? gradient.add_(momentum, alpha: s.Momentum) : momentum, alpha: -rate);
                break;
            case Dot s:
                AddDecay(gradient, parameters, s.Decay, s.Decayed, matrixCount, apart);
                parameters.add_(slots.Tensors[0].mul_(s.Momentum).add_(gradient), alpha: -rate);
                break;
            case Adam s:
                AddDecay(gradient, parameters, s.Decay, s.Decayed, matrixCount, apart);
                AdamStep(parameters, gradient, slots, rate, s.Beta1, s.Beta2, s.Epsilon, step);
                break;
            case AdamW s:
                if (s.Decay != 0)
                {
                    Chosen(parameters, s.Decayed, matrixCount, apart).mul_(1 - (rate * s.Decay));
                }

                AdamStep(parameters, gradient, slots, rate, s.Beta1, s.Beta2, s.Epsilon, step);
                break;
            default:
                throw new InvalidOperationException($"No step for {this}.");
        }

        return slots with { Steps = step };
    }

    /// <summary>One step with a gradient for the labels and one for everything else; an optimizer that does not take them apart takes their sum.</summary>
    /// <param name="parameters">[n] float32.</param>
    /// <param name="labels">[n]; it may be overwritten.</param>
    /// <param name="others">[n]; it may be overwritten.</param>
    /// <param name="slots">What <see cref="Start"/> or the last step gave.</param>
    /// <param name="rate">Learning rate η.</param>
    /// <param name="matrixCount">How many of the values belong to matrices.</param>
    /// <param name="apart">How many values at the end no decay applies to.</param>
    /// <returns>The slots for the next step; they hold the same tensors.</returns>
    public Slots Step(Tensor parameters, Tensor labels, Tensor others, Slots slots, double rate, long matrixCount, long apart = 0)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        if (this is not Dot s)
        {
            return Step(parameters, labels.add_(others), slots, rate, matrixCount, apart);
        }

        AddDecay(labels, parameters, s.Decay, s.Decayed, matrixCount, apart);
        parameters.add_(slots.Tensors[0].mul_(s.Momentum - s.Delta).add_(labels), alpha: -rate);
        parameters.add_(slots.Tensors[1].mul_(s.Momentum + s.Delta).add_(others), alpha: -rate);
        return slots with { Steps = slots.Steps + 1 };
    }

    private static void AddDecay(Tensor gradient, Tensor parameters, double decay, Decayed decayed, long matrixCount, long apart)
    {
        if (decay != 0)
        {
            Chosen(gradient, decayed, matrixCount, apart).add_(Chosen(parameters, decayed, matrixCount, apart), alpha: decay);
        }
    }

    private static Tensor Chosen(Tensor flat, Decayed decayed, long matrixCount, long apart) => (decayed, apart) switch
    {
        (Decayed.Matrices, _) => flat.narrow(0, 0, matrixCount),
        (_, 0) => flat,
        _ => flat.narrow(0, 0, flat.numel() - apart),
    };

    private static void AdamStep(Tensor parameters, Tensor gradient, Slots slots, double rate, double beta1, double beta2, double epsilon, long step)
    {
        var first = slots.Tensors[0].mul_(beta1).add_(gradient, alpha: 1 - beta1);
        var second = slots.Tensors[1].mul_(beta2).addcmul_(gradient, gradient, value: 1 - beta2);
        var denominator = second.sqrt().div_(Math.Sqrt(1 - Math.Pow(beta2, step))).add_(epsilon);
        parameters.addcdiv_(first, denominator, value: -rate / (1 - Math.Pow(beta1, step)));
    }
}

/// <summary>What an optimizer remembers between steps. Owns its tensors.</summary>
public sealed record Slots(IReadOnlyList<Tensor> Tensors, long Steps) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in Tensors)
        {
            tensor.Dispose();
        }
    }
}
