using System.Text.Json;

namespace Distillation.Tests;

public sealed class WordPieceTests
{
    private static readonly JsonElement root = Golden.Read("tokens.json");

    private static readonly IReadOnlyList<string> vocabulary = [.. root.GetProperty("vocabulary").EnumerateArray().Select(piece => piece.GetString()!)];

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, root.GetProperty("cases").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Pieces_and_their_places_are_those_of_the_rules(int number)
    {
        var golden = root.GetProperty("cases")[number];
        var text = golden.GetProperty("text").GetString()!;
        // Golden places count characters.
        var units = text.EnumerateRunes().Aggregate(new List<int> { 0 }, (places, rune) => [.. places, places[^1] + rune.Utf16SequenceLength]);
        var expected = golden.GetProperty("pieces").EnumerateArray().Select(piece => new Piece(piece[0].GetString()!, piece[1].GetInt32(), units[piece[2].GetInt32()], units[piece[3].GetInt32()]));

        Assert.Equal(expected, WordPiece.Of(vocabulary, golden.GetProperty("lower").GetBoolean()).Pieces(text));
    }

    [Fact]
    public void A_vocabulary_of_texts_knows_their_words_whole_and_others_by_their_letters()
    {
        var tokenizer = WordPiece.Of(["the cat sat, the cat ran", "the hat"], most: 2);

        Assert.Equal(["the", "cat", "h", "##a", "##t", ",", "[UNK]"], tokenizer.Pieces("The cat hat, dog").Select(piece => piece.Text));
        Assert.Equal(0, tokenizer[WordPiece.Padding]);
        Assert.Equal(tokenizer.Vocabulary.Count, tokenizer.Vocabulary.Distinct().Count());
    }

    [Fact]
    public void A_file_is_read_line_by_line_and_one_without_the_special_pieces_is_refused()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, string.Join("\r\n", vocabulary) + "\r\n");
            Assert.Equal(vocabulary, WordPiece.Read(path).Vocabulary);
            File.WriteAllText(path, "[PAD]\n[UNK]\nthe\n");
            Assert.Contains("has no [CLS]", Assert.Throws<BadInput>(() => WordPiece.Read(path)).Message);
            using var locked = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            Assert.Contains($"The vocabulary {path} cannot be read (", Assert.Throws<BadInput>(() => WordPiece.Read(path)).Message);
        }
        finally
        {
            File.Delete(path);
        }

        Assert.Contains("no vocabulary at", Assert.Throws<BadInput>(() => WordPiece.Read(path)).Message);
        Assert.Contains("no piece 'zzz'", Assert.Throws<BadInput>(() => WordPiece.Of(vocabulary)["zzz"]).Message);
    }
}
