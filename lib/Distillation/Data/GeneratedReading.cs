namespace Distillation;

/// <summary>
/// A small reading task that is made, not collected: short passages about a few people and a question about one of them, whose answer is a piece of the passage. For trying out what reads
/// questions where there is no time, or no network, for SQuAD; what is learned from it says nothing about English.
/// </summary>
public static class GeneratedReading
{
    private static readonly Sequence<string> people =
        ["Anna", "Ben", "Clara", "David", "Emma", "Felix", "Greta", "Hugo", "Ida", "Jonas", "Kira", "Leo", "Mara", "Nils", "Olga", "Paul", "Rosa", "Simon", "Tara", "Victor"];

    // What may be said of somebody: how it is said, two ways, how it is asked, what it may be.
    private static readonly Sequence<Relation> relations =
    [
        new("{0} lives in {1}.", "{1} is the home of {0}.", "Where does {0} live?", ["Oslo", "Rome", "Paris", "Lima", "Cairo", "Delhi", "New York", "Hong Kong", "San Jose", "Quito"]),
        new("{0} works as a {1}.", "A {1} by trade is {0}.", "What does {0} work as?", ["baker", "doctor", "pilot", "painter", "teacher", "bus driver", "tax lawyer", "farmer", "night nurse", "singer"]),
        new("{0} likes {1}.", "{1} is what {0} likes.", "What does {0} like?", ["rice", "green tea", "soup", "apple pie", "cheese", "dark bread", "honey", "figs", "white wine", "plums"]),
        new("{0} plays {1}.", "{1} is played by {0}.", "What does {0} play?", ["chess", "the violin", "tennis", "the bass drum", "golf", "the flute", "cards", "water polo", "rugby", "the harp"]),
    ];

    /// <summary>So many questions, each with a passage of its own.</summary>
    /// <param name="key">What is drawn from; another key gives other questions.</param>
    /// <param name="count">How many.</param>
    /// <param name="facts">Sentences of a passage, 1 to 8; each says one thing about one of a few people.</param>
    public static IReadOnlyList<Question> Questions(Key key, int count, int facts = 4) => facts is >= 1 and <= 8
        ? [.. Enumerable.Range(0, count).Select(number => Made(key.Fold(number), number, facts))]
        : throw new BadInput($"A generated passage has 1 to 8 sentences, not {facts}.");

    /// <summary>All texts that may occur in parts, for a vocabulary that knows every word.</summary>
    public static IEnumerable<string> Words() =>
        [.. people, .. relations.SelectMany(relation => relation.Things.Concat([relation.Plain, relation.Turned, relation.Asked]).Select(text => text.Replace("{0}", "", StringComparison.Ordinal).Replace("{1}", "", StringComparison.Ordinal)))];

    private static Question Made(Key key, int number, int facts)
    {
        // Few people with several things each: the name alone does not always find the answer, nor does the kind of question. Of three facts the kind does in most passages.
        var some = Order(key.Fold("people"), people.Count).Take(Math.Max(2, facts / 2)).ToList();
        var told = Order(key.Fold("facts"), some.Count * relations.Count).Take(facts).Select(pair => (Who: people[some[pair / relations.Count]], What: relations[pair % relations.Count])).ToList();
        var (passage, answers) = ("", new List<Answer>());
        foreach (var ((who, what), i) in told.Select((fact, i) => (fact, i)))
        {
            var draw = key.Fold("thing").Fold(i);
            var thing = what.Things[(int)(draw.Seed % (uint)what.Things.Count)];
            var form = draw.Fold("form").Seed % 2 == 0 ? what.Plain : what.Turned;
            var start = passage.Length + (passage.Length > 0 ? 1 : 0) + form.IndexOf("{1}", StringComparison.Ordinal) + (form.IndexOf("{0}", StringComparison.Ordinal) < form.IndexOf("{1}", StringComparison.Ordinal) ? who.Length - 3 : 0);
            passage += (passage.Length > 0 ? " " : "") + form.Replace("{0}", who, StringComparison.Ordinal).Replace("{1}", thing, StringComparison.Ordinal);
            answers.Add(new Answer(thing, start));
        }

        var asked = (int)(key.Fold("asked").Seed % (uint)facts);
        return new Question($"made-{number}", told[asked].What.Asked.Replace("{0}", told[asked].Who, StringComparison.Ordinal), passage, [answers[asked]]);
    }

    private static IEnumerable<int> Order(Key key, int count) => Enumerable.Range(0, count).OrderBy(i => key.Fold(i).State);

    private sealed record Relation(string Plain, string Turned, string Asked, Sequence<string> Things);
}
