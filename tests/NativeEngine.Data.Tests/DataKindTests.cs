using System.Formats.Tar;
using System.IO.Compression;

namespace NativeEngine.Data.Tests;

/// <summary>A path that is no data set is called by its name.</summary>
public sealed class DataKindTests
{
    private string _root = null!;

    [SetUp]
    public void MakeFolder() => _root = Directory.CreateTempSubdirectory("ne-kind-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_root, recursive: true);

    private string Write(string name, params byte[] bytes)
    {
        string path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    [TestCase("photo.jpg", "is a single picture")]
    [TestCase("table.csv", "is a CSV table, not a folder")]
    [TestCase("w.safetensors", "is a file of weights, which --weights takes")]
    [TestCase("my.yaml", "is a configuration file, which -c takes")]
    [TestCase("clip.mp4", "is a video, not a folder")]
    [TestCase("img.heic", "is a HEIC picture, which is not read,")]
    [TestCase("t10k-labels-idx1-ubyte.gz", "is one of the IDX files of a data set; give the folder")]
    [TestCase("thing", "is a file, not a folder")]
    public void Files_Are_Called_What_They_Are(string name, string sentence)
    {
        string path = Write(name, 1, 2, 3);
        Assert.That(DataKind.Explain(path), Does.StartWith($"{path} {sentence}"));
    }

    [Test]
    public void Archives_Are_Known_By_Their_Contents_And_Say_How_To_Unpack_Them()
    {
        Write("in/cat/1.png", 1);
        string zip = Path.Combine(_root, "a.zip"), tar = Path.Combine(_root, "a.tar"), gz = Path.Combine(_root, "renamed.bin");
        ZipFile.CreateFromDirectory(Path.Combine(_root, "in"), zip);
        TarFile.CreateFromDirectory(Path.Combine(_root, "in"), tar, includeBaseDirectory: true);
        using (var packed = new GZipStream(File.Create(gz), CompressionLevel.Fastest))
            packed.Write(File.ReadAllBytes(tar));
        Assert.That(DataKind.Explain(zip), Does.Contain("is a zip archive; unpack it (unzip "));
        Assert.That(DataKind.Explain(tar), Does.Contain("is a tar archive; unpack it (tar xf "));
        Assert.That(DataKind.Explain(gz), Does.Contain("is a gzip archive; unpack it (tar xzf "));
    }

    [Test]
    public void Folders_Say_What_They_Hold_Instead_Of_Classes()
    {
        string At(string name) => Path.Combine(_root, name);
        Write("flat/a.jpg", 1);
        Write("flat/b.PNG", 1);
        Write("flat/.DS_Store", 1);
        Write("tables/x.csv", 1);
        Write("tables/y.csv", 1);
        Write("packed/photos.zip", 1);
        Write("cifar/data_batch_1", 1);
        Write("words/cat/readme.txt", 1);
        Directory.CreateDirectory(At("empty"));
        Assert.That(DataKind.Explain(At("flat")),
            Does.Contain("holds 2 pictures but no class folders; put them into one folder per class, such as ").And.Contain(Path.Combine("flat", "cat",
                "a.jpg")).And.Contain("nengine predict"));
        Assert.That(DataKind.Explain(At("tables")), Does.Contain("holds no pictures in class folders but 2 files such as x.csv (CSV table)"));
        Assert.That(DataKind.Explain(At("packed")), Does.Contain("1 file such as photos.zip (zip archive); unpack it there"));
        Assert.That(DataKind.Explain(At("cifar")),
            Does.Contain("holds a part of CIFAR-10's batches (data_batch_1); expected data_batch_1 to data_batch_5 and test_batch"));
        Assert.That(DataKind.Explain(At("words")), Does.Contain("has the folders cat but no pictures in them"));
        Assert.That(DataKind.Explain(At("empty")), Does.Contain("is empty; expected one folder per class"));
        Assert.That(DataKind.Explain(At("flatt")), Does.Contain("does not exist, did you mean 'flat'?"));
    }
}
