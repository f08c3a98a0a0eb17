using static TorchSharp.torch;

namespace Distillation;

/// <summary>How questions and passages become texts of one length.</summary>
/// <param name="Tokenizer">What cuts them into pieces.</param>
/// <param name="Length">Places of a text: [CLS] question [SEP] passage [SEP], filled up with [PAD].</param>
/// <param name="Stride">How far the next window over a passage too long for one moves on, in pieces.</param>
/// <param name="LongestQuestion">Pieces of a question that are kept.</param>
/// <param name="LongestAnswer">Pieces of an answer at most.</param>
public sealed record ReadingFormat(WordPiece Tokenizer, int Length = 384, int Stride = 128, int LongestQuestion = 64, int LongestAnswer = 30);

/// <summary>A question with as much of its passage as fits a text.</summary>
/// <param name="Question">Which question, from 0.</param>
/// <param name="Asked">The pieces of the question.</param>
/// <param name="Passage">The pieces of the passage in this window, with their places in the whole passage.</param>
/// <param name="Best">For each of them, whether no other window shows it with more around it.</param>
/// <param name="Span">Where the first answer begins and ends in the text, ends included; both 0, the place of [CLS], where the window does not show all of it.</param>
public sealed record ReadingWindow(int Question, IReadOnlyList<Piece> Asked, IReadOnlyList<Piece> Passage, IReadOnlyList<bool> Best, (int Start, int End) Span)
{
    /// <summary>Where the passage begins in the text.</summary>
    public int First => Asked.Count + 2;
}

/// <summary>Questions as texts for a network, and a network's logits as answers (Devlin et al. 2019, section 4.2).</summary>
public static class Reading
{
    /// <summary>The windows over the passages, in the questions' order.</summary>
    /// <exception cref="BadInput">The length leaves no place for a passage.</exception>
    public static IReadOnlyList<ReadingWindow> Windows(this ReadingFormat format, IReadOnlyList<Question> questions)
    {
        var passages = new Dictionary<string, IReadOnlyList<Piece>>(StringComparer.Ordinal);
        return [.. questions.SelectMany((question, number) =>
        {
            var pieces = passages.TryGetValue(question.Passage, out var known) ? known : passages[question.Passage] = format.Tokenizer.Pieces(question.Passage);
            return format.Windows(question, number, pieces);
        })];
    }

    /// <summary>
    /// A data set whose texts stand in place of images: float32 [n, 3, 1, length] with pieces, taken places and segments, labelled [n, 2] Int64 with the beginning and the end. For
    /// <see cref="Networks.SpanReader"/> and the task of spans.
    /// </summary>
    /// <param name="format">How they become texts.</param>
    /// <param name="name">The name; results are kept under it, so that it should change with the questions.</param>
    /// <param name="train">Questions to learn from.</param>
    /// <param name="test">Questions to judge by.</param>
    /// <returns>Tensors on the CPU that the caller disposes.</returns>
    public static LoadedDataset Load(this ReadingFormat format, string name, IReadOnlyList<Question> train, IReadOnlyList<Question> test)
    {
        var (learned, judged) = (format.Texts(format.Windows(train)), format.Texts(format.Windows(test)));
        var dataset = new Dataset(name, 2 * format.Length, 3, 1, format.Length, learned.Count, judged.Count, Normalization.None);
        return new(dataset, [.. Enumerable.Range(0, format.Length).Select(place => $"begins at {place}"), .. Enumerable.Range(0, format.Length).Select(place => $"ends at {place}")], learned, judged);
    }

    /// <summary>Windows as tensors: texts [n, 3, 1, length] and spans [n, 2].</summary>
    public static Split Texts(this ReadingFormat format, IReadOnlyList<ReadingWindow> windows)
    {
        var (values, spans, length) = (new float[windows.Count * 3L * format.Length], new long[windows.Count * 2L], format.Length);
        var (pad, start, separator) = (format.Tokenizer[WordPiece.Padding], format.Tokenizer[WordPiece.Class], format.Tokenizer[WordPiece.Separator]);
        foreach (var (window, n) in windows.Select((window, n) => (window, n)))
        {
            int[] ids = [start, .. window.Asked.Select(piece => piece.Id), separator, .. window.Passage.Select(piece => piece.Id), separator];
            for (var place = 0; place < length; place++)
            {
                values[(3 * n * length) + place] = place < ids.Length ? ids[place] : pad;
                values[(((3 * n) + 1) * length) + place] = place < ids.Length ? 1 : 0;
                values[(((3 * n) + 2) * length) + place] = place >= window.First && place < ids.Length ? 1 : 0;
            }

            (spans[2 * n], spans[(2 * n) + 1]) = window.Span;
        }

        return new(tensor(values, [windows.Count, 3, 1, length]), tensor(spans, [windows.Count, 2]));
    }

    /// <summary>
    /// The best answer to each question: over all its windows and all spans of the passage that are not too long, the largest sum of the beginning's and the end's logit.
    /// </summary>
    /// <param name="format">How the texts were made.</param>
    /// <param name="questions">The questions.</param>
    /// <param name="windows">Their windows.</param>
    /// <param name="logits">[n, 2 · length], a row for each window.</param>
    /// <param name="candidates">How many of the largest beginnings and ends are combined.</param>
    /// <returns>The answers' words by the questions' ids.</returns>
    /// <exception cref="BadInput">Two questions have one id.</exception>
    public static IReadOnlyDictionary<string, string> Answers(
        this ReadingFormat format, IReadOnlyList<Question> questions, IReadOnlyList<ReadingWindow> windows, Tensor logits, int candidates = 20)
    {
        if (questions.CountBy(question => question.Id).FirstOrDefault(pair => pair.Value > 1) is { Key: { } twice })
        {
            throw new BadInput($"Two questions have the id {twice}, by which answers are told apart; give each its own.");
        }

        using var onHost = logits.detach().to_type(ScalarType.Float32).cpu().contiguous();
        var values = onHost.data<float>().ToArray();
        return windows.Select((window, n) => (Window: window, Row: new ArraySegment<float>(values, n * 2 * format.Length, 2 * format.Length)))
            .GroupBy(pair => pair.Window.Question)
            .ToDictionary(group => questions[group.Key].Id, group => group
                .SelectMany(pair => format.Spans(pair.Window, pair.Row, candidates))
                .OrderByDescending(span => span.Score)
                .Select(span => questions[group.Key].Passage[span.Start..span.End])
                .FirstOrDefault(""));
    }

    // Spans of one window with their scores, in places of the passage.
    private static IEnumerable<(double Score, int Start, int End)> Spans(this ReadingFormat format, ReadingWindow window, ArraySegment<float> row, int candidates)
    {
        var (starts, ends) = (Largest(0), Largest(format.Length));
        return from start in starts
               where window.Best[start]
               from end in ends
               where end >= start && end - start < format.LongestAnswer
               select ((double)row[window.First + start] + row[format.Length + window.First + end], window.Passage[start].Start, window.Passage[end].End);

        List<int> Largest(int offset) => [.. Enumerable.Range(0, window.Passage.Count).OrderByDescending(place => row[offset + window.First + place]).Take(candidates)];
    }

    private static IEnumerable<ReadingWindow> Windows(this ReadingFormat format, Question question, int number, IReadOnlyList<Piece> passage)
    {
        IReadOnlyList<Piece> asked = [.. format.Tokenizer.Pieces(question.Text).Take(format.LongestQuestion)];
        var room = format.Length - asked.Count - 3;
        if (room < 1 || format.Stride < 1)
        {
            throw new BadInput($"Texts of {format.Length} places leave none for the passage of question {question.Id} ({asked.Count} pieces), or windows that move by {format.Stride} do not move; make them longer.");
        }

        var stride = Math.Min(format.Stride, room);
        var starts = Enumerable.Range(0, passage.Count).Where(start => start % stride == 0 && (start == 0 || start - stride + room < passage.Count)).DefaultIfEmpty(0).ToList();
        return starts.Select(start => new ReadingWindow(
            number, asked, [.. passage.Skip(start).Take(room)], [.. Enumerable.Range(start, Math.Min(room, passage.Count - start)).Select(place => starts.MaxBy(other => Around(other, place)) == start)],
            Place(question, passage, start, room, asked.Count + 2)));

        // How much of the passage a window shows on the poorer side of a piece; a little for the window's length, as in the authors' code.
        double Around(int start, int place)
        {
            var end = Math.Min(start + room, passage.Count) - 1;
            return place < start || place > end ? double.NegativeInfinity : Math.Min(place - start, end - place) + (0.01 * (end - start + 1));
        }
    }

    private static (int, int) Place(Question question, IReadOnlyList<Piece> passage, int start, int room, int first)
    {
        if (question.Answers is not [var answer, ..])
        {
            return (0, 0);
        }

        // The pieces that share a character with the answer.
        var inside = Enumerable.Range(0, passage.Count).Where(i => passage[i].End > answer.Start && passage[i].Start < answer.Start + answer.Text.Length).ToList();
        return inside.Count > 0 && inside[0] >= start && inside[^1] < Math.Min(start + room, passage.Count)
            ? (inside[0] - start + first, inside[^1] - start + first)
            : (0, 0);
    }
}
