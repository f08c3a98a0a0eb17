using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Distillation;

/// <summary>Where weights come from.</summary>
public abstract record Source
{
    private Source()
    {
    }

    /// <summary>The network that answers.</summary>
    public abstract Network Network { get; }

    /// <summary>An experiment's own student after its last epoch: trained once, kept, and found again by every experiment that asks for it.</summary>
    public sealed record Trained(Experiment Experiment) : Source
    {
        /// <inheritdoc/>
        public override Network Network => Experiment.Judged;
    }

    /// <summary>A safetensors file, held to its sha256.</summary>
    /// <param name="Of">The network it was made with.</param>
    /// <param name="Path">The file.</param>
    /// <param name="Sha256">Its hash; an experiment is identified by this, not by the path.</param>
    public sealed record FromFile(Network Of, string Path, string Sha256) : Source
    {
        /// <inheritdoc/>
        public override Network Network => Of;
    }

    /// <summary>A file whose hash is taken now.</summary>
    public static Source File(Network network, string path) => new FromFile(network, path, Safetensors.Hash(path));

    /// <summary>The id of the run that made the weights, or the sha256 of their file.</summary>
    public string Id => this switch
    {
        Trained t => t.Experiment.Id,
        FromFile f => f.Sha256,
        _ => throw new InvalidOperationException($"No id for {GetType().Name}."),
    };

    internal JsonNode Canonical => this switch
    {
        Trained t => new JsonObject { ["trained"] = t.Experiment.Canonical },
        FromFile f => new JsonObject { ["file"] = f.Sha256, ["network"] = f.Of.Identity },
        _ => throw new InvalidOperationException($"No text for {GetType().Name}."),
    };
}

/// <summary>
/// Everything that decides a result: what is learned from, by whom, how, and with which seed. A value; two experiments with the same text are the same run.
/// </summary>
/// <param name="Dataset">The data set, perhaps only a part of it.</param>
/// <param name="Teachers">The networks that were trained before and guide the student, in the order the method numbers them; usually one, empty without.</param>
/// <param name="Student">The network that learns.</param>
/// <param name="Method">How teacher and student become a loss.</param>
/// <param name="Recipe">How it is trained.</param>
/// <param name="Seed">Decides initial weights, order and augmentation: the same for every method under a seed.</param>
[TypeFormatterSource(typeof(ShowingSource))]
public sealed record Experiment(Dataset Dataset, Sequence<Source> Teachers, Network Student, Method Method, Recipe Recipe, long Seed)
{
    /// <summary>What the labels mean.</summary>
    public LearningTask Task { get; init; } = new LearningTask.Classes();

    /// <summary>The first teacher, or null; setting it sets the only one.</summary>
    public Source? Teacher
    {
        get => Teachers.FirstOrDefault();
        init => Teachers = value is null ? [] : [value];
    }

    /// <summary>
    /// Where the student's first weights come from; null draws them under the seed. What has a name and a shape of the student's is taken, the rest is drawn: a trained float network so becomes a
    /// quantized one that is trained further, and one data set's features the start of another's.
    /// </summary>
    public Source? Start { get; init; }

    /// <summary>Everything that must be there before: the teachers, then the start.</summary>
    public IEnumerable<Source> Sources => Start is null ? Teachers : Teachers.Append(Start);

    /// <summary>What the method makes of the networks.</summary>
    public Prepared Prepared => Method.Prepare([.. Teachers.Select(source => source.Network)], Student);

    /// <summary>The network that is judged and kept: the student, or what the method makes of it.</summary>
    public Network Judged => Prepared is var prepared ? prepared.Judged ?? prepared.Student ?? Student : Student;

    /// <summary>Epochs of all the method's phases together.</summary>
    public int Epochs => Prepared.Epochs(Recipe.Epochs);

    /// <summary>The text whose hash is <see cref="Id"/>: JSON with the teacher's own text inside.</summary>
    public string Text => Canonical.ToJsonString();

    /// <summary>16 hexadecimal digits that name the run.</summary>
    public string Id => Digest(Text);

    /// <summary>The key of everything this experiment draws except the stream: initial weights and dropout. Independent of method and recipe.</summary>
    public Key Key => Key.Of(Seed);

    /// <summary>
    /// What experiments must share to run side by side over one stream of batches: data, epochs, batch size, augmentation, dtype, layout and seed. The teacher is no part of
    /// it, unless the images are made of what was recorded of one: they are the same whoever looks at them.
    /// </summary>
    public string StreamId => Digest(new JsonObject { ["stream"] = StreamParts, ["seed"] = Seed }.ToJsonString());

    /// <summary>The stream without its seed: streams that differ in the seed only may run interleaved.</summary>
    internal string LockstepId => Digest(StreamParts.ToJsonString());

    internal JsonObject Canonical
    {
        get
        {
            var text = new JsonObject
            {
                ["version"] = 1,
                ["dataset"] = Json(Dataset),
                ["teacher"] = Teachers switch { [] => null, [var one] => one.Canonical, _ => new JsonArray([.. Teachers.Select(source => source.Canonical)]) },
                ["student"] = Student.Identity,
                ["method"] = Method.Text,
                ["task"] = Json(Task),
                ["recipe"] = Json(Recipe),
                ["seed"] = Seed,
            };
            // Runs without a start keep the id that they had before there were any.
            if (Start is not null)
            {
                text["start"] = Start.Canonical;
            }

            return text;
        }
    }

    /// <summary>What the teachers are together, for those who share their answers; empty without.</summary>
    internal string TeachersText => string.Join(' ', Teachers.Select(source => source.Canonical.ToJsonString()));

    /// <summary>What a row calls them: the teachers' runs or files, which do not tell two networks of one file apart.</summary>
    internal string TeachersId => string.Join(' ', Teachers.Select(source => source.Id));

    /// <summary>What images made of a record are told apart by: the teacher, the images that were recorded, and how they are made. One set serves all seeds and students.</summary>
    internal string ImagesId => Digest(new JsonObject { ["images"] = Json(((Feed.Recorded)Method.Feed).How), ["version"] = 1, ["teacher"] = new JsonArray([.. Teachers.Select(source => source.Canonical)]), ["dataset"] = Json(Dataset) }.ToJsonString());

    private JsonObject StreamParts => new()
    {
        ["dataset"] = Json(Dataset),
        ["feed"] = Method.Feed switch
        {
            Feed.Own => null,
            Feed.Other other => Json(other.Dataset),
            Feed.Noise noise => Json(noise),
            Feed.Recorded => ImagesId,
            _ => throw new InvalidOperationException($"No text for {Method.Feed}."),
        },
        ["epochs"] = Epochs,
        ["batch"] = Recipe.BatchSize,
        ["augmentation"] = Json(Recipe.Augmentation),
        ["compute"] = Recipe.Compute.ToString(),
        ["channelsLast"] = Recipe.ChannelsLast,
    };

    /// <summary>
    /// The experiment without a teacher that its method never asks, and without a draw of training images that it never sees, nor what was recorded of it: labels alone are the same run whichever teacher their neighbours have, and
    /// learning from a generator is the same run however many images a budget leaves to others. A student in floating point that its method quantizes is the quantized student.
    /// </summary>
    public Experiment Settled
    {
        get
        {
            var settled = Method.Teacher.Count.Most == 0 ? [] : Teachers.Select(Of).ToList();
            var (start, dataset) = (Start is null ? null : Of(Start), Method.Feed.NeedsTraining ? Dataset : Dataset with { Subset = null });
            var student = Quantized;
            return ReferenceEquals(student, Student) && dataset == Dataset && settled.SequenceEqual(Teachers, ReferenceEqualityComparer.Instance) && ReferenceEquals(start, Start)
                ? this
                : this with { Dataset = dataset, Teachers = [.. settled], Student = student, Start = start };

            static Source Of(Source source) =>
                source is Source.Trained before && before.Experiment.Settled is var inner && !ReferenceEquals(inner, before.Experiment) ? new Source.Trained(inner) : source;
        }
    }

    // Only such methods are asked: what others make of their student for the training is no other student.
    private Network Quantized =>
        Student.Quantization is null && Teachers.Count >= Method.Teacher.Count.Least && Method.Parts.Any(part => part.Family == Family.Quantized) && Prepared.Student?.Quantization is { } how
            ? Student.Quantize(how) : Student;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Method} on {Dataset.Name}: {(Teachers.Count == 0 ? "" : string.Join(" + ", Teachers.Select(source => source.Network.Name)) + " -> ")}{Student.Name}, seed {Seed}";

    /// <summary>Says what does not fit together before anything is trained.</summary>
    /// <exception cref="BadInput">The parts do not fit.</exception>
    public Experiment Check()
    {
        foreach (var (network, who) in Teachers.Select(source => (source.Network, "teacher")).Prepend((Student, "student")))
        {
            if ((network.Classes != Dataset.Classes || network.Input != new Shape(Dataset.Channels, Dataset.Height, Dataset.Width)))
            {
                throw new BadInput(
                    $"The {who} '{network.Name}' reads {network.Input} and answers {network.Classes} classes, but {Dataset.Name} has images of {Dataset.Channels}x{Dataset.Height}x{Dataset.Width} and {Dataset.Classes} classes; build the network for the data set.");
            }
        }

        var (least, most) = Method.Teacher.Count;
        if (Teachers.Count < least || Teachers.Count > Math.Max(most, 0))
        {
            throw new BadInput(Teachers.Count == 0
                ? $"The method '{Method.Name}' needs a teacher; name one, or choose the method 'none'."
                : $"The method '{Method.Name}' takes {(least == most ? $"{least}" : $"{least} to {most}")} teachers and the experiment names {Teachers.Count}; name as many as it takes.");
        }

        if (Start is { Network: var start } && !start.Table.Places.Any(place => Student.Table.Find(place.Name) is { } here && here.Shape.SequenceEqual(place.Shape)))
        {
            throw new BadInput($"The student '{Student.Name}' has no value of a name and shape of '{start.Name}', from which it is to start; let it start from a network of its own kind.");
        }

        if (Method.Feed is Feed.Other { Dataset: var other } && (other.Channels, other.Height, other.Width) != (Dataset.Channels, Dataset.Height, Dataset.Width))
        {
            throw new BadInput(
                $"The method '{Method.Name}' feeds images of {other.Name}, which are {other.Channels}x{other.Height}x{other.Width}, to networks for {Dataset.Name} of {Dataset.Channels}x{Dataset.Height}x{Dataset.Width}; choose a data set of the same size.");
        }

        if (Method.Feed is Feed.Recorded)
        {
            if (Task is not LearningTask.Classes || Dataset.Normalization == Normalization.None)
            {
                throw new BadInput($"The method '{Method.Name}' makes images by their classes, and {Dataset.Name} has no images with classes; choose another data set or method.");
            }

            if (Dataset.Images < Dataset.Classes)
            {
                throw new BadInput($"The method '{Method.Name}' records images of each of the {Dataset.Classes} classes of {Dataset.Name}, of which {Dataset.Images} are too few; take more of them.");
            }
        }

        if (Recipe.Epochs < 1 || Recipe.BatchSize < 2)
        {
            throw new BadInput($"A recipe needs at least 1 epoch and 2 images per batch, not {Recipe.Epochs} and {Recipe.BatchSize}; batch normalisation cannot work on one image.");
        }

        if (Dataset.Normalization == Normalization.None && Recipe.Compute == Compute.BFloat16)
        {
            throw new BadInput($"{Dataset.Name} has whole numbers for inputs, which bfloat16 cannot tell apart above 256; compute in float32.");
        }

        if (Recipe.ClipNorm is <= 0 or double.NaN || Recipe.Average is not (null or (>= 0 and < 1)))
        {
            throw new BadInput(
                $"A gradient is clipped at a norm above 0 and weights are averaged with a decay from 0 to below 1, not {Recipe.ClipNorm} and {Recipe.Average}; leave them out to do neither.");
        }

        var count = Method.Feed switch
        {
            Feed.Other from => from.Dataset.Images,
            Feed.Recorded recorded => recorded.How.Count,
            Feed.Own => Dataset.Images,
            _ => 0,
        };
        if (count % Recipe.BatchSize == 1 && Student.Layers.FirstOrDefault(layer => layer.Kind == "batch norm" && layer.Output.Height * layer.Output.Width == 1) is { } single)
        {
            throw new BadInput(
                $"{count} images in batches of {Recipe.BatchSize} leave one image for the last batch, and '{single.Name}' of {Student.Name} cannot normalise one value; take another batch size.");
        }

        return this;
    }

    private static JsonNode Json<T>(T value) => JsonSerializer.SerializeToNode(value)!;

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
}
