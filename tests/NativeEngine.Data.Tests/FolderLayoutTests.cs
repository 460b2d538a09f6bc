using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using NativeEngine.Core;

namespace NativeEngine.Data.Tests;

internal sealed class FolderLayoutTests
{
    private const uint Nobody = 65534;
    private string _root = "";

    [SetUp]
    public void CreateFolder() => _root = Directory.CreateTempSubdirectory("nengine-layout-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_root, recursive: true);

    [TestCase("cat/1.png dog/1.png", "cat dog", null)]
    [TestCase("train/cat/1.png train/dog/1.png", "cat dog", null)]
    [TestCase("Training/cat/1.png validation/cat/1.png", "cat", "cat")]
    [TestCase("train/cat/1.png train/dog/1.png valid/dog/1.png test/cat/1.png", "cat dog", "dog")]
    [TestCase("train/cat/1.png testing/cat/1.png", "cat", "cat")]
    [TestCase("bus/1.png car/1.png train/1.png", "bus car train", null)]
    [TestCase("bus/1.png train/1.png val/1.png", "bus train val", null)]
    [TestCase("bus/a/1.png car/a/1.png train/a/1.png", "bus car train", null)]
    [TestCase("train/bus/1.png train/train/1.png train/val/1.png val/train/1.png", "bus train val", "train")]
    [TestCase("train/cat/1.png val/cat/1.png extra/1.png", "cat", "cat")]
    [TestCase("train/cat/1.png test/1.png", "cat", null)]
    [TestCase("val/cat/1.png", null, "cat")]
    [TestCase("cat/1.png .git/1.png __MACOSX/cat/1.png @eaDir/1.png cat/@eaDir/2.png cat/Thumbs.db cat/.hidden.png", "cat", null)]
    [TestCase("10/1.png 2/1.png 1/1.png", "1 10 2", null)]
    [TestCase("b/1.png B/1.png a/1.png é/1.png", "B a b é", null)]
    [TestCase("\U0001F600/1.png \uFF21/1.png", "\uFF21 \U0001F600", null, Description = "code points, not UTF-16 units")]
    [TestCase("cat/1.png runs/train/x/log.txt runs/train/x/args.yaml runs/train/x/checkpoints/last.state runs/train/x/plots/1.png", "cat", null)]
    [TestCase("cat/1.jfif dog/1.jpe", "cat dog", null)]
    public void Parts_and_classes_are_found(string files, string? train, string? eval)
    {
        var layout = Find(files);
        static string? Classes(FolderPart? part) => part is null ? null : string.Join(' ', part.Classes.Select(c => c.Name));
        Assert.That((Classes(layout.Train), Classes(layout.Eval)), Is.EqualTo((train, eval)));
        Assert.That(layout.Train?.Classes.All(c => c.Images.Count == 1), Is.Not.False);
    }

    [TestCase("cat/1.png owl/", "owl (an empty folder)")]
    [TestCase("cat/1.png owl/deep/", "owl (only empty folders)")]
    [TestCase("cat/1.png owl/1.txt owl/2.TXT owl/README", "owl (3 files, none called like an image: .TXT, .txt, README)")]
    [TestCase("cat/1.png owl/Thumbs.db owl/.a.png", "owl (an empty folder)")]
    [TestCase("cat/1.png owl/ bat/", "2 classes have no images: bat (an empty folder), owl (an empty folder)")]
    [TestCase("train/cat/1.png train/owl/1.png val/cat/1.png val/owl/", "owl (an empty folder)")]
    [TestCase("train/cat/ val/cat/1.png", "cat (an empty folder)")]
    [TestCase("1.png 2.png", "holds 2 images but no folders, expected a folder for each class")]
    [TestCase("train/1.png val/1.png", "holds 1 images but no folders")]
    [TestCase("notes.txt", "no images, expected a folder for each class")]
    [TestCase("mydata/train/cat/1.png mydata/val/cat/1.png", "{root}/mydata as data")]
    [TestCase("mydata/train/cat/1.png __MACOSX/x.png", "{root}/mydata as data")]
    [TestCase("mydata/cat/1.png mydata/dog/1.png", "{root}/mydata as data")]
    [TestCase("a/b/c/cat/1.png a/b/c/dog/1.png", "{root}/a/b/c as data")]
    [TestCase("train/mydata/cat/1.png train/mydata/dog/1.png", "{root}/train/mydata as data")]
    [TestCase("x/train/cat/1.png y/train/cat/1.png y/val/cat/1.png", "x, y are data sets with parts of their own")]
    [TestCase("train/cat/1.png training/cat/1.png", "holds train and training, which mean the same")]
    [TestCase("train/cat/1.png val/cat/1.png valid/cat/1.png", "holds val and valid, which mean the same")]
    [TestCase("train/a/1.png train/b/1.png bus/1.png", "may be a part (it holds folders of images: a, b) or a class beside bus")]
    public void What_would_lose_a_class_is_refused_by_name(string files, string expected) =>
        Assert.That(() => Find(files), Throws.TypeOf<DataException>().With.Message.Contains(expected.Replace("{root}", _root)));

    [Test]
    public void Classes_without_images_can_be_kept()
    {
        var layout = Find("cat/1.png owl/ bat/1.txt", allowEmpty: true);
        Assert.That(layout.Train!.Classes.Select(c => (c.Name, c.Images.Count)), Is.EqualTo(new[] { ("bat", 0), ("cat", 1), ("owl", 0) }));
        var data = ImageFolder.Load(layout.Train with { Classes = [.. layout.Train.Classes] }, new FolderOptions(1, 8, Cache: ImageCache.None));
        Assert.That((data.Count, data.Classes.Count, data.Label(0)), Is.EqualTo((1, 3, 1)));
        Assert.That(() => Find("owl/", allowEmpty: true, root: "none"), Throws.TypeOf<DataException>().With.Message.Contains("no images"));
    }

    [Test]
    public void A_model_s_own_class_may_hold_folders()
    {
        Assert.That(() => Find("cat/a/1.png cat/b/1.png"), Throws.TypeOf<DataException>().With.Message.Contains("one level too deep"));
        Assert.That(FolderLayout.Find(_root, known: ["cat", "dog"]).Train!.Classes.Single().Images, Is.EqualTo(new[] { "a/1.png", "b/1.png" }));
    }

    [Test]
    public void What_is_left_out_is_said()
    {
        Assert.That(Find("cat/1.png cat/notes.txt cat/deep/list.CSV 9.png").Notes, Is.EqualTo(new[]
        {
            $"{_root}: 2 files are left out, not called like images (.csv 1, .txt 1)",
            $"{_root}: 1 image lies beside the folders of the classes and is left out",
        }));
        Assert.That(Find("train/cat/1.png test/1.png", root: "plain").Notes.Single(), Does.Contain("test holds images without folders of classes: left out"));
        Assert.That(Find("train/cat/1.png val/cat/1.png old/cat/1.png", root: "beside").Notes.Single(), Does.Contain("old beside the parts"));
    }

    [Test]
    public void Files_come_in_torchvision_s_order()
    {
        var cat = Find("cat/z.png cat/10.png cat/2.png cat/a/1.png cat/a-b/1.png cat/a/c/1.png cat/\U0001F600.png cat/\uFF21.png").Train!.Classes.Single();
        Assert.That(cat.Images, Is.EqualTo(new[] { "10.png", "2.png", "z.png", "\uFF21.png", "\U0001F600.png", "a/1.png", "a-b/1.png", "a/c/1.png" }));
    }

    [Test]
    public void Links_that_lead_nowhere_are_named()
    {
        Find("cat/1.png");
        Directory.CreateSymbolicLink(Path.Combine(_root, "owl"), Path.Combine(_root, "gone"));
        Assert.That(() => FolderLayout.Find(_root),
            Throws.TypeOf<DataException>().With.Message.Contains("owl is a link to").And.Message.Contains("gone, which does not exist"));
        File.Delete(Path.Combine(_root, "owl"));
        Directory.CreateSymbolicLink(Path.Combine(_root, "a"), Path.Combine(_root, "b"));
        Directory.CreateSymbolicLink(Path.Combine(_root, "b"), Path.Combine(_root, "a"));
        Assert.That(() => FolderLayout.Find(_root), Throws.TypeOf<DataException>().With.Message.Contains("a link in a circle"));
        Assert.That(ImageFolder.Contains(_root), Is.True);
    }

    [Test]
    [Platform("Linux")]
    [SupportedOSPlatform("linux")]
    public void Folders_without_permission_are_named()
    {
        Find("cat/1.png owl/1.png dog/inner/1.png");
        string[] closed = [Path.Combine(_root, "owl"), Path.Combine(_root, "dog", "inner")];
        foreach (string folder in closed)
            File.SetUnixFileMode(folder, UnixFileMode.None);
        File.SetUnixFileMode(_root, (UnixFileMode)0b111_101_101);
        uint before = setfsuid(Nobody); // of this thread alone: root may read everything
        try
        {
            Assert.That(() => FolderLayout.Find(_root),
                Throws.TypeOf<DataException>().With.Message.Contains($"{closed[0]}: no permission to read this folder").And.Message.Contains(closed[1]));
            Assert.That(() => ImageFolder.Contains(closed[0]), Throws.TypeOf<DataException>().With.Message.Contains("no permission"));
        }
        finally
        {
            _ = setfsuid(before);
            foreach (string folder in closed)
                File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        }
    }

    [DllImport("libc")]
    private static extern uint setfsuid(uint user);

    private FolderLayout Find(string files, bool allowEmpty = false, string root = "")
    {
        string folder = Directory.CreateDirectory(Path.Combine(_root, root)).FullName;
        byte[] image = PngWriter.Encode(8, 8, 8, 0, new byte[64]);
        foreach (string file in files.Split(' '))
        {
            string path = Path.Combine(folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (!file.EndsWith('/'))
                File.WriteAllBytes(path, image);
        }

        return FolderLayout.Find(folder, allowEmpty);
    }
}
