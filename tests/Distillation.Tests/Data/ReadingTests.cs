using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class ReadingTests
{
    private const string File1 = """
        {"version": "1.1", "data": [{"title": "x", "paragraphs": [{"context": "The 😀 cat sat on the mat. It slept.", "qas": [
          {"id": "q1", "question": "Who sat?", "answers": [{"text": "cat", "answer_start": 6}, {"text": "The 😀 cat", "answer_start": 0}]},
          {"id": "q2", "question": "Where?", "answers": [{"text": "on the mat", "answer_start": 14}]}]}]}]}
        """;

    private static readonly WordPiece tokenizer = WordPiece.Of(["the cat sat on the mat it slept who where ? . 😀"], most: 100);

    private static T WithFile<T>(string text, Func<string, T> function)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, text);
            return function(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Golden.Read("squad.json").GetProperty("cases").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Exact_match_and_F1_are_those_of_the_definition(int number)
    {
        var golden = Golden.Read("squad.json").GetProperty("cases")[number];
        var (given, right) = (golden.GetProperty("given").GetString()!, golden.GetProperty("right").EnumerateArray().Select(one => one.GetString()!).ToList());

        Assert.Equal(golden.GetProperty("normalised").GetString(), Squad.Normalized(given));
        Assert.Equal(golden.GetProperty("exact").GetDouble(), Squad.ExactMatch(given, right));
        Assert.Equal(golden.GetProperty("f1").GetDouble(), Squad.F1(given, right), 1e-12);
    }

    [Fact]
    public void A_file_is_read_with_places_in_units_of_the_string()
    {
        var questions = WithFile(File1, Squad.Read);

        Assert.Equal(["q1", "q2"], questions.Select(question => question.Id));
        Assert.All(questions.SelectMany(question => question.Answers.Select(answer => (question.Passage, answer))), pair => Assert.Equal(pair.answer.Text, pair.Passage.Substring(pair.answer.Start, pair.answer.Text.Length)));
        Assert.Equal(7, questions[0].Answers[0].Start);
        Assert.Equal((50, 50), Squad.Score(questions, new Dictionary<string, string> { ["q1"] = "the cat" }));
    }

    [Fact]
    public void A_damaged_file_is_refused_in_a_sentence()
    {
        Assert.Contains("cannot be read", Assert.Throws<BadInput>(() => Squad.Read("/nowhere/train-v1.1.json")).Message);
        Assert.Contains("is no SQuAD file", Assert.Throws<BadInput>(() => WithFile("""{"data": [{"x": 1}]}""", Squad.Read)).Message);
        Assert.Contains("is no SQuAD file", Assert.Throws<BadInput>(() => WithFile("""{"data": [""", Squad.Read)).Message);
        Assert.Contains("does not stand at place 7", Assert.Throws<BadInput>(() => WithFile(File1.Replace("\"answer_start\": 6", "\"answer_start\": 7", StringComparison.Ordinal), Squad.Read)).Message);
    }

    [Theory]
    [InlineData("\"context\": \"The 😀 cat sat on the mat. It slept.\"", "\"context\": null", "'context' is null")]
    [InlineData("\"text\": \"cat\"", "\"text\": null", "'text' is null")]
    [InlineData("\"question\": \"Where?\"", "\"question\": null", "'question' is null")]
    [InlineData("\"id\": \"q1\"", "\"id\": null", "'id' is null")]
    public void A_null_where_a_text_should_be_is_named(string whole, string with, string says) =>
        Assert.Contains($"is no SQuAD file of version 1.1 ({says}); fetch", Assert.Throws<BadInput>(() => WithFile(File1.Replace(whole, with, StringComparison.Ordinal), Squad.Read)).Message);

    [Fact]
    public void Two_questions_of_one_id_are_refused_in_a_file_and_when_answers_are_asked_for()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("two questions have the id q1", Assert.Throws<BadInput>(() => WithFile(File1.Replace("q2", "q1", StringComparison.Ordinal), Squad.Read)).Message);
        var (format, questions) = (new ReadingFormat(tokenizer, Length: 20), WithFile(File1, Squad.Read).Select(question => question with { Id = "same" }).ToList());
        Assert.Contains("Two questions have the id same", Assert.Throws<BadInput>(() => format.Answers(questions, format.Windows(questions), zeros(2, 40))).Message);
    }

    [Fact]
    public void Texts_are_question_and_passage_and_spans_point_at_the_answer()
    {
        using var scope = NewDisposeScope();
        var (format, questions) = (new ReadingFormat(tokenizer, Length: 20), WithFile(File1, Squad.Read));
        var windows = format.Windows(questions);
        using var texts = format.Texts(windows);

        Assert.Equal(2, windows.Count);
        Assert.Equal([2L, 3, 1, 20], texts.Images.shape);
        Assert.Equal(
            ["[CLS]", "who", "sat", "?", "[SEP]", "the", "😀", "cat", "sat", "on", "the", "mat", ".", "it", "slept", ".", "[SEP]", "[PAD]", "[PAD]", "[PAD]"],
            Golden.Flat(texts.Images[0, 0, 0]).Select(id => tokenizer.Vocabulary[(int)id]));
        Assert.Equal(17, Golden.Flat(texts.Images[0, 1, 0]).Sum());
        Assert.Equal(12, Golden.Flat(texts.Images[0, 2, 0]).Sum());
        Assert.Equal([7, 7, 8, 10], texts.Labels.data<long>().ToArray().Select(place => (int)place));
    }

    [Fact]
    public void A_long_passage_is_seen_through_windows_and_each_place_is_answered_from_the_best()
    {
        var (format, questions) = (new ReadingFormat(tokenizer, Length: 11, Stride: 3), WithFile(File1, Squad.Read));
        // Three pieces of question and three special ones leave five places of eleven pieces.
        var windows = format.Windows([questions[0]]);

        Assert.Equal(["the 😀 cat sat on", "sat on the mat .", "mat . it slept ."], windows.Select(window => string.Join(' ', window.Passage.Select(piece => piece.Text))));
        Assert.Equal([(7, 7), (0, 0), (0, 0)], windows.Select(window => window.Span));
        // Each piece is best in exactly one window.
        Assert.Equal(11, windows.Sum(window => window.Best.Count(best => best)));
        Assert.Equal([true, true, true, true, false], windows[0].Best);
        Assert.Contains("leave none for the passage", Assert.Throws<BadInput>(() => (format with { Length = 6 }).Windows(questions)).Message);
    }

    [Fact]
    public void The_answer_is_the_span_of_the_largest_sum_that_is_one()
    {
        using var scope = NewDisposeScope();
        var (format, questions) = (new ReadingFormat(tokenizer, Length: 20, LongestAnswer: 3), WithFile(File1, Squad.Read));
        var windows = format.Windows(questions);
        var logits = full([2, 40], -10f);
        string Answer(params (int Place, double Start, double End)[] values)
        {
            logits.fill_(-10);
            foreach (var (place, start, end) in values)
            {
                logits[0, place] = start;
                logits[0, 20 + place] = end;
            }

            return format.Answers(questions, windows, logits)["q1"];
        }

        Assert.Equal("cat", Answer((7, 5, 5)));
        Assert.Equal("The 😀 cat", Answer((5, 5, 0), (7, 0, 5)));
        // Neither from right to left, nor longer than allowed, nor in the question.
        Assert.Equal("cat", Answer((7, 4, 3), (6, 0, 5), (12, -1, 3), (2, 9, 9)));
        Assert.Equal(["q1", "q2"], format.Answers(questions, windows, logits).Keys.Order());
    }

    [Fact]
    public void Generated_answers_stand_where_they_say_and_the_vocabulary_knows_every_word()
    {
        var questions = GeneratedReading.Questions(Key.Of(1), 200);
        var known = WordPiece.Of(GeneratedReading.Words(), most: 1000);

        Assert.All(questions, question => Assert.Equal(question.Answers[0].Text, question.Passage.Substring(question.Answers[0].Start, question.Answers[0].Text.Length)));
        Assert.All(questions, question => Assert.DoesNotContain(known.Pieces($"{question.Text} {question.Passage}"), piece => piece.Text == WordPiece.Unknown || piece.Text.StartsWith("##", StringComparison.Ordinal)));
        Assert.Equal(questions, GeneratedReading.Questions(Key.Of(1), 200));
        Assert.True(questions.Select(question => question.Passage).Distinct().Count() > 190);
        Assert.Contains("1 to 8", Assert.Throws<BadInput>(() => GeneratedReading.Questions(Key.Of(1), 1, 9)).Message);
        // Nothing else in the passage is said the same way about the same person.
        Assert.All(questions, question => Assert.Equal(4, question.Passage.Count(c => c == '.')));
    }

    [Fact]
    public void A_reader_learns_spans_through_the_fold_and_may_be_distilled()
    {
        using var scope = NewDisposeScope();
        var words = WordPiece.Of(GeneratedReading.Words(), most: 1000);
        var format = new ReadingFormat(words, Length: 24);
        using var data = format.Load("made", GeneratedReading.Questions(Key.Of(1), 60, facts: 2), GeneratedReading.Questions(Key.Of(2), 20, facts: 2));
        var network = Networks.SpanReader(new EncoderSize(1, 16, 2, 32) { Vocabulary = words.Vocabulary.Count, Positions = 24 }, 24);
        using var start = network.Initialize(Key.Of(1), CPU);
        using var teacher = network.Frozen(start);
        var recipe = new Recipe(4, 20, new Optimizer.Adam(), 0.005, Augmentations.None);
        Learner[] learners = [.. new[] { Methods.None, Methods.Hinton() }.Select(method =>
            new Learner(method.Name, network, start, method, method.NeedsTeacher ? [network] : [], new LearningTask.Spans(), recipe, Key.Of(1)))];

        var learned = Fold.Run([new BatchStream(data, [teacher], learners, recipe, Key.Of(1))]);

        Assert.All(learned, one => Assert.True(one.Epochs[^1].Objective < one.Epochs[0].Objective));
        Assert.All(learned, one => Assert.InRange(one.Epochs[^1].Test.Accuracy, 0, 1));
        learned.ToList().ForEach(one => one.Last.Dispose());
    }

    [Fact]
    public void The_loss_of_spans_is_the_mean_of_both_cross_entropies_and_both_places_must_be_right()
    {
        using var scope = NewDisposeScope();
        var task = new LearningTask.Spans();
        var (logits, labels) = (Key.Of(1).Normal([3, 10], CPU), tensor(new long[] { 1, 2, 0, 4, 3, 3 }, [3, 2]));
        var (starts, ends) = (logits.narrow(1, 0, 5), logits.narrow(1, 5, 5));

        var expected = (Losses.CrossEntropy(starts, labels.select(1, 0)) + Losses.CrossEntropy(ends, labels.select(1, 1))) / 2;

        Golden.Close(Golden.Flat(expected), Golden.Flat(task.Loss(logits, labels)), 1e-6, 1e-6);
        var right = stack([starts.argmax(1), ends.argmax(1)], 1);
        Assert.Equal(3, task.Correct(logits, right).item<long>());
        right[0, 1] = (right[0, 1] + 1) % 5;
        Assert.Equal(2, task.Correct(logits, right).item<long>());
        Assert.Equal(logits, new LearningTask.Classes().Distributions(logits));
    }

    [Fact]
    public void Texts_are_refused_in_bfloat16_and_may_be_drawn_from()
    {
        var words = WordPiece.Of(GeneratedReading.Words(), most: 1000);
        var format = new ReadingFormat(words, Length: 24);
        using var data = format.Load("made", GeneratedReading.Questions(Key.Of(1), 12, facts: 2), GeneratedReading.Questions(Key.Of(2), 4, facts: 2));
        using var fewer = data.Lent(data.Dataset.Take(5), CPU);
        var network = Networks.SpanReader(new EncoderSize(1, 16, 2, 32) { Vocabulary = words.Vocabulary.Count, Positions = 24 }, 24);
        var experiment = new Experiment(data.Dataset, [], network, Methods.None, new Recipe(1, 4, new Optimizer.Adam(), 0.001, Augmentations.None), 1) { Task = new LearningTask.Spans() };

        Assert.Equal(5, fewer.Train.Count);
        Assert.Equal([5L, 2], fewer.Train.Labels.shape);
        Assert.Equal(experiment, experiment.Check());
        Assert.Contains("bfloat16", Assert.Throws<BadInput>(() => (experiment with { Recipe = experiment.Recipe with { Compute = Compute.BFloat16 } }).Check()).Message);
    }
}
