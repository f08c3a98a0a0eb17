using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Distillation;

/// <summary>A word piece of a text.</summary>
/// <param name="Text">As the vocabulary has it; ## in front where it goes on with a word.</param>
/// <param name="Id">Its number in the vocabulary.</param>
/// <param name="Start">Where it begins in the text, in UTF-16 units as in a <see cref="string"/>.</param>
/// <param name="End">Where it ends, exclusive.</param>
public readonly record struct Piece(string Text, int Id, int Start, int End);

/// <summary>
/// BERT's tokenizer (Devlin et al. 2019): a text is cleaned, its words and punctuation marks taken apart, perhaps put in lower case without accents, and each word cut greedily into the longest
/// pieces of a vocabulary. Each piece remembers where it stood. Special pieces such as [SEP] are not looked for in texts.
/// </summary>
public sealed class WordPiece
{
    /// <summary>In place of a word that cannot be cut.</summary>
    public const string Unknown = "[UNK]";

    /// <summary>What fills texts up.</summary>
    public const string Padding = "[PAD]";

    /// <summary>In front of every text.</summary>
    public const string Class = "[CLS]";

    /// <summary>Behind the question and behind the passage.</summary>
    public const string Separator = "[SEP]";

    // The pieces that every vocabulary starts with here; the public ones have them too, elsewhere.
    private static readonly ImmutableArray<string> special = [Padding, Unknown, Class, Separator, "[MASK]"];

    private readonly Dictionary<string, int> ids;

    private WordPiece(Sequence<string> vocabulary, bool lowerCase, int longestWord)
    {
        (Vocabulary, LowerCase, LongestWord) = (vocabulary, lowerCase, longestWord);
        ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (piece, id) in vocabulary.Select((piece, id) => (piece, id)))
        {
            ids.TryAdd(piece, id);
        }

        if (special.Take(4).FirstOrDefault(piece => !ids.ContainsKey(piece)) is { } missing)
        {
            throw new BadInput($"The vocabulary of {vocabulary.Count} pieces has no {missing}; give one that BERT was trained with, a piece a line.");
        }
    }

    /// <summary>The pieces by their numbers.</summary>
    public Sequence<string> Vocabulary { get; }

    /// <summary>Whether texts are put in lower case and lose their accents.</summary>
    public bool LowerCase { get; }

    /// <summary>A word of more characters is unknown as a whole; 100 in BERT.</summary>
    public int LongestWord { get; }

    /// <summary>The tokenizer of a vocabulary.</summary>
    /// <param name="vocabulary">The pieces, numbered from 0; [PAD], [UNK], [CLS] and [SEP] among them.</param>
    /// <param name="lowerCase">Whether texts are put in lower case and lose their accents.</param>
    /// <param name="longestWord">A word of more characters is unknown as a whole.</param>
    /// <exception cref="BadInput">A special piece is missing.</exception>
    public static WordPiece Of(IEnumerable<string> vocabulary, bool lowerCase = true, int longestWord = 100) => new([.. vocabulary], lowerCase, longestWord);

    /// <summary>The tokenizer of a <c>vocab.txt</c>, a piece a line.</summary>
    /// <exception cref="BadInput">The file is not there, cannot be read, or is no such vocabulary.</exception>
    public static WordPiece Read(string path, bool lowerCase = true)
    {
        if (!File.Exists(path))
        {
            throw new BadInput($"There is no vocabulary at {path}; put the vocab.txt of the model there.");
        }

        try
        {
            return Of(File.ReadAllText(path).TrimEnd('\n', '\r').Split('\n').Select(line => line.TrimEnd('\r')), lowerCase);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInput($"The vocabulary {path} cannot be read ({e.Message.TrimEnd('.')}); make it readable.", e);
        }
    }

    /// <summary>
    /// A vocabulary of some texts: the special pieces, every character alone and within a word, then whole words, the most frequent first. Simpler than the one BERT was made with, and enough for
    /// texts whose words are known.
    /// </summary>
    /// <param name="texts">The texts.</param>
    /// <param name="most">At most so many whole words.</param>
    /// <param name="lowerCase">Whether texts are put in lower case and lose their accents.</param>
    public static WordPiece Of(IEnumerable<string> texts, int most, bool lowerCase = true)
    {
        var words = texts.SelectMany(text => Words(text, lowerCase)).Select(word => string.Concat(word.Select(letter => letter.Rune)))
            .CountBy(word => word).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Key).ToList();
        var letters = words.SelectMany(word => word.EnumerateRunes()).Distinct().OrderBy(rune => rune.Value).Select(rune => $"{rune}").ToList();
        return Of([.. special, .. letters, .. letters.Select(letter => $"##{letter}"), .. words.Where(word => word.EnumerateRunes().Count() > 1).Take(most)], lowerCase);
    }

    /// <summary>The number of a piece.</summary>
    /// <exception cref="BadInput">The vocabulary lacks it.</exception>
    public int this[string piece] => ids.TryGetValue(piece, out var id) ? id : throw new BadInput($"The vocabulary has no piece '{piece}'.");

    /// <summary>The pieces of a text, in order.</summary>
    public IReadOnlyList<Piece> Pieces(string text) => [.. Words(text, LowerCase).SelectMany(Cut)];

    // Greedily the longest piece that the rest of the word starts with.
    private IEnumerable<Piece> Cut(IReadOnlyList<Letter> word)
    {
        var found = new List<Piece>();
        for (var start = 0; start < word.Count && word.Count <= LongestWord;)
        {
            var end = Enumerable.Range(start + 1, word.Count - start).Reverse().FirstOrDefault(end => ids.ContainsKey(Name(start, end)), -1);
            if (end < 0)
            {
                return Whole();
            }

            found.Add(new Piece(Name(start, end), ids[Name(start, end)], word[start].Start, word[end - 1].End));
            start = end;
        }

        return found.Count > 0 ? found : Whole();

        string Name(int from, int to) => (from > 0 ? "##" : "") + string.Concat(word.Skip(from).Take(to - from).Select(letter => letter.Rune));
        Piece[] Whole() => [new Piece(Unknown, ids[Unknown], word[0].Start, word[^1].End)];
    }

    // The words of a text as normalised letters; a punctuation mark or a Chinese character is a word by itself.
    private static IEnumerable<IReadOnlyList<Letter>> Words(string text, bool lowerCase)
    {
        var word = new List<Letter>();
        foreach (var letter in Letters(text, lowerCase).Append(new Letter(new Rune(' '), 0, 0, false)))
        {
            if (letter.Alone || IsSpace(letter.Rune))
            {
                if (word.Count > 0)
                {
                    yield return word;
                }

                word = [];
                if (letter.Alone)
                {
                    yield return [letter];
                }
            }
            else
            {
                word.Add(letter);
            }
        }
    }

    private static IEnumerable<Letter> Letters(string text, bool lowerCase)
    {
        for (var at = 0; at < text.Length;)
        {
            // Half of a surrogate pair reads as the replacement character, which is no text.
            Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length);
            if (IsSpace(rune))
            {
                yield return new Letter(new Rune(' '), at, at + length, false);
            }
            else if (!IsControl(rune))
            {
                foreach (var part in lowerCase ? Accents.Stripped(rune) : [rune])
                {
                    var plain = lowerCase ? Rune.ToLowerInvariant(part) : part;
                    yield return new Letter(plain, at, at + length, IsChinese(rune) || IsPunctuation(plain));
                }
            }

            at += length;
        }
    }

    private static bool IsSpace(Rune rune) => rune.Value is ' ' or '\t' or '\n' or '\r' || Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator;

    private static bool IsControl(Rune rune) => rune.Value is 0 or 0xFFFD || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    // ASCII's symbols count as punctuation too, such as $ and ^.
    private static bool IsPunctuation(Rune rune) => (rune.IsAscii && rune.Value is > 32 and < 127 && !char.IsAsciiLetterOrDigit((char)rune.Value)) || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation
        or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation;

    // The blocks of ideographs, as BERT's authors list them.
    private static bool IsChinese(Rune rune) => rune.Value
        is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B820 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);

    private readonly record struct Letter(Rune Rune, int Start, int End, bool Alone);
}
