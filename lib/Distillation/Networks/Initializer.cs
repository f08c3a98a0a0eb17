using System.Text.Json;
using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>How a parameter starts. The values come from a key folded by the parameter's name, so they do not depend on the parameters around it.</summary>
public abstract record Initializer
{
    private Initializer()
    {
    }

    /// <summary>Every value is <paramref name="Value"/>.</summary>
    public sealed record Constant(double Value) : Initializer;

    /// <summary>Normal with mean 0 and the given standard deviation.</summary>
    public sealed record Normal(double Deviation) : Initializer;

    /// <summary>Uniform in [-<paramref name="Bound"/>, <paramref name="Bound"/>].</summary>
    public sealed record Uniform(double Bound) : Initializer;

    /// <summary>He et al. 2015, fan-out: normal with variance 2 / (k·k·output channels).</summary>
    public static Initializer KaimingFanOut(long kernel, long outputs) => new Normal(Math.Sqrt(2.0 / (kernel * kernel * outputs)));

    /// <summary>What PyTorch gives linear and convolution layers when nobody asks: uniform in ±1/sqrt(fan-in).</summary>
    public static Initializer FanIn(long fanIn) => new Uniform(1.0 / Math.Sqrt(fanIn));

    /// <summary>Kind and numbers, the same in every country: part of a network's identity.</summary>
    [JsonIgnore]
    public string Text => $"{GetType().Name} {JsonSerializer.Serialize<object>(this)}";

    /// <summary>Float32 values of the given shape on the CPU, the same for every device a network later moves to.</summary>
    public Tensor Draw(long[] shape, Key key) => this switch
    {
        Constant c => full(shape, c.Value, ScalarType.Float32),
        Normal n => key.Normal(shape, CPU).mul_(n.Deviation),
        Uniform u => key.Uniform(shape, CPU).mul_(2 * u.Bound).sub_(u.Bound),
        _ => throw new InvalidOperationException($"No draw for {this}."),
    };
}
