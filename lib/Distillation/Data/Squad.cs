using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Distillation;

/// <summary>A question about a passage, with the answers that people gave.</summary>
/// <param name="Id">Its name in the data set.</param>
/// <param name="Text">The question.</param>
/// <param name="Passage">Where the answer stands.</param>
/// <param name="Answers">Any of them is right; those of a training set are usually one.</param>
public sealed record Question(string Id, string Text, string Passage, Sequence<Answer> Answers);

/// <summary>A piece of a passage that answers.</summary>
/// <param name="Text">The words.</param>
/// <param name="Start">Where they begin in the passage, in UTF-16 units as in a <see cref="string"/>.</param>
public readonly record struct Answer(string Text, int Start);

/// <summary>The Stanford Question Answering Dataset (Rajpurkar et al. 2016), version 1.1, and its metric.</summary>
public static partial class Squad
{
    /// <summary>
    /// The questions of a file such as <c>train-v1.1.json</c>. Places in the file count characters, those of the result UTF-16 units.
    /// </summary>
    /// <exception cref="BadInput">The file is missing, is no SQuAD file, two questions have one id, or an answer does not stand where the file says.</exception>
    public static IReadOnlyList<Question> Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            using var document = JsonDocument.Parse(stream);
            IReadOnlyList<Question> questions =
            [
                .. from article in document.RootElement.GetProperty("data").EnumerateArray()
                   from paragraph in article.GetProperty("paragraphs").EnumerateArray()
                   let passage = Text(paragraph, "context")
                   let units = Units(passage)
                   from qa in paragraph.GetProperty("qas").EnumerateArray()
                   select Of(qa, passage, units, path),
            ];
            return questions.CountBy(question => question.Id).FirstOrDefault(pair => pair.Value > 1) is { Key: { } twice }
                ? throw new BadInput($"{path}: two questions have the id {twice}, by which answers are told apart; give each its own, or fetch the file again.")
                : questions;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInput($"{path} cannot be read ({e.Message.TrimEnd('.')}); put train-v1.1.json and dev-v1.1.json of https://rajpurkar.github.io/SQuAD-explorer there.", e);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new BadInput($"{path} is no SQuAD file of version 1.1 ({e.Message.TrimEnd('.')}); fetch train-v1.1.json or dev-v1.1.json again.", e);
        }
    }

    /// <summary>An answer as the metric compares it: in lower case, without ASCII punctuation, without a, an and the, single spaces.</summary>
    public static string Normalized(string answer) =>
        string.Join(' ', Articles().Replace(new string([.. answer.ToLowerInvariant().Where(c => !(char.IsAscii(c) && (char.IsPunctuation(c) || char.IsSymbol(c))))]), " ")
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Whether an answer is one of the right ones, after <see cref="Normalized"/>: 1 or 0.</summary>
    public static double ExactMatch(string given, IEnumerable<string> right) => right.Any(one => Normalized(given) == Normalized(one)) ? 1 : 0;

    /// <summary>The harmonic mean of precision and recall over the words that an answer shares with a right one, the best of them: 0 … 1.</summary>
    public static double F1(string given, IEnumerable<string> right) => right.Select(one => F1(Words(given), Words(one))).DefaultIfEmpty(0).Max();

    /// <summary>The data set's two numbers in per cent: the mean of <see cref="ExactMatch"/> and of <see cref="F1(string, IEnumerable{string})"/>. A question without an answer given counts 0.</summary>
    /// <param name="questions">All questions.</param>
    /// <param name="given">Answers by the questions' ids.</param>
    public static (double ExactMatch, double F1) Score(IReadOnlyCollection<Question> questions, IReadOnlyDictionary<string, string> given)
    {
        var answered = questions.Where(question => given.ContainsKey(question.Id)).Select(question => (Given: given[question.Id], Right: question.Answers.Select(answer => answer.Text))).ToList();
        return (100 * answered.Sum(pair => ExactMatch(pair.Given, pair.Right)) / questions.Count, 100 * answered.Sum(pair => F1(pair.Given, pair.Right)) / questions.Count);
    }

    private static double F1(IReadOnlyList<string> given, IReadOnlyList<string> right)
    {
        var common = given.CountBy(word => word).Sum(pair => Math.Min(pair.Value, right.Count(word => word == pair.Key)));
        return common == 0 ? 0 : 2.0 * common / (given.Count + right.Count);
    }

    private static string[] Words(string answer) => Normalized(answer).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static Question Of(JsonElement qa, string passage, int[] units, string path)
    {
        var id = Text(qa, "id");
        var answers = qa.GetProperty("answers").EnumerateArray().Select(answer =>
        {
            var (text, start) = (Text(answer, "text"), answer.GetProperty("answer_start").GetInt32());
            return start >= 0 && start < units.Length && string.CompareOrdinal(passage, units[start], text, 0, text.Length) == 0
                ? new Answer(text, units[start])
                : throw new BadInput(string.Create(CultureInfo.InvariantCulture, $"{path}: the answer '{text}' of question {id} does not stand at place {start} of its passage; fetch the file again."));
        });
        return new Question(id, Text(qa, "question"), passage, [.. answers]);
    }

    // A null reads as a text that is none.
    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? throw new FormatException($"'{name}' is null");

    // Where each character begins, and where the last ends.
    private static int[] Units(string text)
    {
        var places = new List<int>();
        for (var at = 0; at < text.Length; at += char.IsSurrogatePair(text, at) ? 2 : 1)
        {
            places.Add(at);
        }

        return [.. places, text.Length];
    }

    [GeneratedRegex(@"\b(a|an|the)\b", RegexOptions.CultureInvariant)]
    private static partial Regex Articles();
}
