namespace Distillation.Notebooks.Tests;

/// <summary>Why tests on real images are skipped: they are not installed.</summary>
internal static class FashionMnist
{
    private static readonly Lazy<string?> missing = new(() =>
    {
        try
        {
            using var loaded = DataFolder.Resolve(null).Load(Datasets.FashionMnist, TorchSharp.torch.CPU);
            return null;
        }
        catch (BadInput e)
        {
            return e.Message;
        }
    });

    public static string? Missing => missing.Value;
}

/// <summary>A test on real images: skipped, saying why, where they are not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsFashionMnistFactAttribute : FactAttribute
{
    /// <summary>Looks for the images.</summary>
    public NeedsFashionMnistFactAttribute() => Skip = FashionMnist.Missing;
}

/// <summary>As <see cref="NeedsFashionMnistFactAttribute"/>, for several cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsFashionMnistTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for the images.</summary>
    public NeedsFashionMnistTheoryAttribute() => Skip = FashionMnist.Missing;
}
