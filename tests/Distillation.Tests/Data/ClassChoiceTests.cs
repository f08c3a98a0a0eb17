namespace Distillation.Tests.Data;

public sealed class ClassChoiceTests
{
    [Fact]
    public void The_first_classes_keep_their_images_in_order_and_get_a_name_of_their_own()
    {
        using var tiny = new TinyData();
        tiny.WithIdx();
        using var whole = tiny.Folder.Load(TinyData.Idx, TorchSharp.torch.CPU, TinyData.IdxCatalog);
        using var two = whole.FirstClasses(2);

        // Labels 0, 1, 2, 0, 1, 2 and 2, 1, 0, 2; an image is 12 bytes that count up.
        Assert.Equal([0L, 1, 0, 1], two.Train.Labels.data<long>().ToArray());
        Assert.Equal([0, 12, 36, 48], Enumerable.Range(0, 4).Select(i => (int)two.Train.Images[i, 0, 0, 0].item<byte>()));
        Assert.Equal([1L, 0], two.Test.Labels.data<long>().ToArray());
        Assert.Equal(("tiny-first-2", 2, 4L, 2L), (two.Dataset.Name, two.Dataset.Classes, two.Dataset.TrainCount, two.Dataset.TestCount));
        Assert.Equal(["a", "b"], two.ClassNames);
        Assert.Equal(6, whole.Train.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Classes_that_are_not_there_cannot_be_chosen(int classes)
    {
        using var tiny = new TinyData();
        tiny.WithIdx();
        using var whole = tiny.Folder.Load(TinyData.Idx, TorchSharp.torch.CPU, TinyData.IdxCatalog);
        Assert.Contains("ask for 2 to 3", Assert.Throws<BadInput>(() => whole.FirstClasses(classes)).Message);
    }
}
