using static TorchSharp.torch;

namespace Distillation.Tests.Data;

/// <summary>A folder of images in the layout of a published data set, below a data folder of its own.</summary>
internal sealed class ImageTree : IDisposable
{
    private readonly TinyData tiny = new();

    /// <summary>The data folder.</summary>
    public DataFolder Folder => tiny.Folder;

    /// <summary>Where the tree is.</summary>
    public string Root => Path.Combine(tiny.Folder.Path, "tiny");

    private static Normalization Half { get; } = new([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]);

    public static Dataset Small(int classes, int train, int test, string name = "tiny", int size = 11) => new(name, classes, 3, size, size, train, test, Half) { Fit = Fit.Stretch };

    public static DataCatalog Catalog(string format, string name = "tiny", string folder = "train") =>
        new([new(name, "Tiny", format, "tiny", [], "none", "nobody", [], [], []) { Folders = [folder], ByHand = "put it there" }]);

    public void PutFile(string name, byte[] content)
    {
        var path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }

    public void PutText(string name, string content) => PutFile(name, System.Text.Encoding.UTF8.GetBytes(content));

    // CINIC-10's tree: train, valid and test with the classes in each, names of both origins.
    public void Cinic(params string[] classes)
    {
        foreach (var (part, count) in new[] { ("train", 3), ("valid", 3), ("test", 2) })
        {
            foreach (var name in classes)
            {
                for (var i = 0; i < count; i++)
                {
                    PutFile($"{part}/{name}/{(i == 0 ? $"cifar10-{part}-1000{i}" : $"n02690373_{i}")}.png", PictureTests.File(i == 0 ? "png grey" : "png colour"));
                }
            }
        }
    }

    public LoadedDataset Load(Dataset dataset, string format, string folder = "train") => tiny.Folder.Load(dataset, CPU, Catalog(format, dataset.Name, folder));

    public string Refusal(Dataset dataset, string format, string folder = "train") => Assert.Throws<BadInput>(() => Load(dataset, format, folder)).Message;

    // Two of the 200 classes, with everything that the publisher's archive has for them.
    public void TinyImageNet()
    {
        PutText("wnids.txt", "n01629819\nn01443537\n");
        PutText("words.txt", "n00001740\tentity\nn01443537\tgoldfish, Carassius auratus\nn01629819\tfire salamander, European fire salamander, Salamandra salamandra\n");
        foreach (var wnid in new[] { "n01443537", "n01629819" })
        {
            PutText($"train/{wnid}/{wnid}_boxes.txt", $"{wnid}_0.JPEG\t0\t10\t63\t58\n");
            PutFile($"train/{wnid}/images/{wnid}_0.JPEG", PictureTests.File("jpeg colour"));
            PutFile($"train/{wnid}/images/{wnid}_1.JPEG", PictureTests.File("jpeg grey"));
        }

        PutText("val/val_annotations.txt", "val_0.JPEG\tn01629819\t0\t32\t44\t62\nval_1.JPEG\tn01443537\t52\t55\t57\t59\nval_2.JPEG\tn01629819\t4\t0\t60\t55\n");
        for (var i = 0; i < 3; i++)
        {
            PutFile($"val/images/val_{i}.JPEG", PictureTests.File("jpeg colour"));
        }

        PutFile("test/images/test_0.JPEG", PictureTests.File("jpeg colour"));
    }

    public void Dispose() => tiny.Dispose();
}
