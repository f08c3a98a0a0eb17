using static TorchSharp.torch;

namespace Distillation;

/// <summary>One weighted part of an objective. <paramref name="Value"/> is a scalar; the objective is the sum of weight · value.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Value">A scalar with history.</param>
/// <param name="Weight">Its weight over the phase.</param>
public readonly record struct Term(string Name, Tensor Value, Schedule Weight)
{
    /// <summary>
    /// Whom it trains; <see cref="Player.Student"/> unless it belongs to a player of its own. Reports add up the student's terms. All terms share one backward pass, so whoever a term must not
    /// train is read detached in it.
    /// </summary>
    public string Player { get; init; } = Distillation.Player.Student;

    /// <summary>Terms of one group share a backward pass; an optimizer that treats parts of the gradient apart is given one gradient per group.</summary>
    public int Group { get; init; }
}

/// <summary>What one step of an objective gives: the terms, always the same ones in the same order within a phase, and what is remembered from now on.</summary>
public sealed record Outcome(IReadOnlyList<Term> Terms, Memory Memory);

/// <summary>From a step and what the method remembers to the terms and what it remembers next.</summary>
public delegate Outcome Objective(Step step, Memory memory);

/// <summary>Called after each epoch of a phase, without history.</summary>
public delegate Memory AfterEpoch(Milestone milestone, Memory memory);

/// <summary>Where everybody stands at the end of an epoch. What it shows is only lent: a memory that wants to keep weights copies them.</summary>
/// <param name="Progress">How far the phase is, counted after the epoch.</param>
/// <param name="Key">What draws come from; another one for every epoch.</param>
/// <param name="Student">The student's weights, as it is trained.</param>
/// <param name="Players">The players' weights by name.</param>
public sealed record Milestone(Progress Progress, Key Key, Weights Student, IReadOnlyDictionary<string, Weights> Players);

/// <summary>What a method may look at when its memory begins.</summary>
/// <param name="Key">What draws come from.</param>
/// <param name="Labels">[n] Int64: the labels of the training images in the order of their indices; empty where the feed has none.</param>
/// <param name="Student">The student's first weights, only lent.</param>
/// <param name="Teachers">The frozen teachers, only lent.</param>
public sealed record Opening(Key Key, Tensor Labels, Weights Student, IReadOnlyList<FrozenNetwork> Teachers);

/// <summary>A network that learns beside the student and is dropped when the student is judged: an adapter, a generator, a learned ensemble, a peer.</summary>
/// <param name="Name">What the method asks for it by.</param>
/// <param name="Network">What it is.</param>
public sealed record Player(string Name, Network Network)
{
    /// <summary>The name that terms of the student itself carry.</summary>
    public const string Student = "student";

    /// <summary>How it is trained; null means that it rides on the student's optimizer, rate and clipping, as adapters do.</summary>
    public Practice? Practice { get; init; }

    /// <summary>Its first weights from a key; null draws them as the network's initialisers say.</summary>
    public Func<Key, Device, Weights>? Start { get; init; }
}

/// <summary>How a player of its own is trained.</summary>
/// <param name="Optimizer">The update.</param>
/// <param name="Rate">The learning rate over the phase.</param>
/// <param name="ClipNorm">The largest norm of its gradient; null does not clip.</param>
public sealed record Practice(Optimizer Optimizer, Schedule Rate, double? ClipNorm = null);

/// <summary>A stretch of a training with its own terms. Most methods have one; a two-stage paper has two. Optimizers start afresh in each, and schedules run from 0 to 1 over each.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Terms">The names of its terms, for the tables.</param>
/// <param name="Objective">From a step to the terms' values.</param>
public sealed record Phase(string Name, Sequence<string> Terms, Objective Objective)
{
    /// <summary>How many epochs it takes, from the recipe's number; a phase in front of the published schedule adds its own.</summary>
    public Func<int, int> Epochs { get; init; } = epochs => epochs;

    /// <summary>How the student and the players without a practice of their own are trained in this phase, from what the recipe says.</summary>
    public Func<Practice, Practice> Practice { get; init; } = practice => practice;

    /// <summary>Which of the student's parameters and buffers change, by name; null is all. The others keep every bit, whatever decay and momentum say.</summary>
    public Func<string, bool>? Trains { get; init; }

    /// <summary>Which players learn; null is all.</summary>
    public Func<string, bool>? Plays { get; init; }

    /// <summary>What happens after each of its epochs.</summary>
    public AfterEpoch? AfterEpoch { get; init; }
}

/// <summary>What a method is once it knows its networks.</summary>
/// <param name="Phases">What happens, one phase after another.</param>
public sealed record Prepared(Sequence<Phase> Phases)
{
    /// <summary>A method of one phase that remembers nothing.</summary>
    public Prepared(Sequence<string> terms, Func<Step, IReadOnlyList<Term>> objective)
        : this([new Phase("training", terms, (step, memory) => new Outcome(objective(step), memory))])
    {
    }

    /// <summary>The student as this method trains it: extra exits, taps, quantizers, another head; null is the student as it is.</summary>
    public Network? Student { get; init; }

    /// <summary>Which of the student's parameters start as something of the teachers', by name; null for all others.</summary>
    public Func<IReadOnlyList<FrozenNetwork>, string, Tensor?>? Inherited { get; init; }

    /// <summary>What is judged and kept, its values taken by name from the trained student; null is the experiment's own student.</summary>
    public Network? Judged { get; init; }

    /// <summary>Of what is judged, the values that are made of the trained student's and not taken by name: layers that are merged into others. Null where there are none.</summary>
    public Func<Weights, IReadOnlyDictionary<string, Tensor>>? Made { get; init; }

    /// <summary>Who learns beside the student.</summary>
    public Sequence<Player> Players { get; init; } = [];

    /// <summary>What the method remembers before the first step.</summary>
    public Func<Opening, Memory> Opening { get; init; } = _ => Memory.Empty;

    /// <summary>The views that the objectives ask for; asking for another one is a mistake of the method.</summary>
    public Sequence<View> Views { get; init; } = [View.Plain];

    /// <summary>The names of all terms, each once.</summary>
    public IReadOnlyList<string> Terms => [.. Phases.SelectMany(phase => phase.Terms).Distinct()];

    /// <summary>How many epochs all phases take together.</summary>
    /// <param name="epochs">The recipe's number.</param>
    public int Epochs(int epochs) => Phases.Sum(phase => phase.Epochs(epochs));

    /// <summary>The phases with their places in a run.</summary>
    /// <param name="epochs">The recipe's number.</param>
    public IReadOnlyList<Stretch> Stretches(int epochs)
    {
        var lengths = Phases.Select(phase => phase.Epochs(epochs)).ToList();
        return [.. Phases.Select((phase, number) => new Stretch(phase, number, lengths.Take(number).Sum(), lengths[number]))];
    }

    /// <summary>The stretch of the run that an epoch belongs to.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="epochs">The recipe's number.</param>
    public Stretch At(int epoch, int epochs) => Stretches(epochs).LastOrDefault(stretch => stretch.First <= epoch && stretch.Epochs > 0) ?? Stretches(epochs)[0];
}

/// <summary>A phase with its place in a run.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Number">Its number, from 0.</param>
/// <param name="First">The epoch it starts with, from 0.</param>
/// <param name="Epochs">How many it has.</param>
public sealed record Stretch(Phase Phase, int Number, int First, int Epochs)
{
    /// <summary>How far this phase is when the run is at <paramref name="run"/>.</summary>
    public Progress Within(Progress run)
    {
        var perEpoch = run.Steps / run.Epochs;
        return new Progress(run.Epoch - First, Epochs, run.Step - (First * perEpoch), Epochs * perEpoch);
    }
}
