namespace Distillation;

/// <summary>How large an encoder of text is.</summary>
/// <param name="Layers">Blocks of attention and two linear maps.</param>
/// <param name="Width">Length of the vector at each place.</param>
/// <param name="Heads">Of each attention; they divide the width.</param>
/// <param name="Inner">Width between the two linear maps, usually four times <paramref name="Width"/>.</param>
public sealed record EncoderSize(int Layers, int Width, int Heads, int Inner)
{
    /// <summary>How many word pieces there are; 30,522 in the English BERT without capitals.</summary>
    public int Vocabulary { get; init; } = 30_522;

    /// <summary>The longest text that the table of positions allows.</summary>
    public int Positions { get; init; } = 512;

    /// <summary>How many segments a text may have: question and passage.</summary>
    public int Segments { get; init; } = 2;

    /// <summary>Probability with which values, and places that attention looks at, are dropped while training.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>BERT-base (Devlin et al. 2019): 12 layers of width 768.</summary>
    public static EncoderSize Base { get; } = new(12, 768, 12, 3072);

    /// <summary>BERT-mini of the compact models (Turc et al. 2019): 4 layers of width 256.</summary>
    public static EncoderSize Mini { get; } = new(4, 256, 4, 1024);

    /// <summary>BERT-tiny of the compact models: 2 layers of width 128.</summary>
    public static EncoderSize Tiny { get; } = new(2, 128, 2, 512);
}

public static partial class Networks
{
    /// <summary>
    /// BERT (Devlin et al. 2019) with a head that says where an answer begins and ends: reads texts of 3x1x<paramref name="length"/> (see <see cref="Layer.Embeddings"/>) and puts out 2 ·
    /// <paramref name="length"/> logits, of the beginnings and then of the ends. Names are those of Hugging Face's <c>BertForQuestionAnswering</c>, so its files load by name; see
    /// <see cref="BertNames"/>. Quantized, what goes into each linear map of a block has few bits of both signs. Taps h0 (embeddings), h1 … (blocks), each [B, width, 1, length], and "first", the vector at the first place.
    /// </summary>
    /// <param name="size">Its sizes.</param>
    /// <param name="length">Places of a text, filled up where it is shorter.</param>
    public static Network SpanReader(EncoderSize size, int length)
    {
        var blocks = Enumerable.Range(0, size.Layers).Select(number => Block(size).Within($"encoder.layer.{number}").Then(Layer.TapHere($"h{number + 1}")));
        var encoder = Layer.Embeddings("embeddings", size.Width, size.Vocabulary, size.Positions, size.Segments)
            .Then(Layer.LayerNorm("embeddings.LayerNorm")).Then(Layer.Dropout("embeddings.dropout", size.Dropout)).Tap("h0")
            .Then(Layer.Chain(blocks)).Within("bert");
        return Network.Build(
            $"bert-{size.Layers}-{size.Width}", new Shape(3, 1, length), encoder.Then(Layer.TapFirst("first")).Then(Layer.Dense("qa_outputs", 2)).Then(Layer.Flatten));
    }

    /// <summary>
    /// How to read a public BERT into a <see cref="SpanReader"/>: the scales and shifts of the oldest files under their old names, what other tasks need passed over, and the head drawn from
    /// <paramref name="start"/> where the file has none.
    /// </summary>
    public static ImportOptions BertNames(Key start) => new(Prefix: "", Renames: [("gamma", "weight"), ("beta", "bias")], IgnoreUnexpected: true) { Start = start, Afresh = ["qa_outputs"] };

    // Attention, then two linear maps, each with a way around it and a normalisation behind.
    private static Layer Block(EncoderSize size) => Layer.Chain(
        Layer.Residual(
            Layer.Rounding.Then(Layer.Attention("attention.self", size.Heads, size.Dropout)).Then(Layer.Rounding).Then(Layer.Dense("attention.output.dense", size.Width)).Then(Layer.Dropout("attention.output.dropout", size.Dropout)),
            Layer.Identity),
        Layer.LayerNorm("attention.output.LayerNorm"),
        Layer.Residual(
            Layer.Rounding.Then(Layer.Dense("intermediate.dense", size.Inner)).Then(Layer.Gelu).Then(Layer.Rounding).Then(Layer.Dense("output.dense", size.Width)).Then(Layer.Dropout("output.dropout", size.Dropout)),
            Layer.Identity),
        Layer.LayerNorm("output.LayerNorm"));
}
