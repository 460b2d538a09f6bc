using NativeEngine.Core;

namespace NativeEngine.Data.Tests;

/// <summary>Drawn data sets: the same for a seed, in the layout of the real ones; and what a scan finds in a folder.</summary>
public sealed class StandInTests
{
    private string _folder = null!;

    private static IEnumerable<string> Names => StandIn.All.Select(s => s.Name);

    [SetUp]
    public void Create() => _folder = Directory.CreateTempSubdirectory("ne-standin-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [TestCaseSource(nameof(Names))]
    public void A_set_is_recognised_small_and_the_same_for_a_seed(string name)
    {
        string one = Path.Combine(_folder, "one"), two = Path.Combine(_folder, "two");
        StandIn.Find(name).Make(one, 7);
        StandIn.Find(name).Make(two, 7);
        string[] files = [.. Directory.EnumerateFiles(one, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(one, f))
            .Order(StringComparer.Ordinal)];
        Assert.That(files.Sum(f => new FileInfo(Path.Combine(one, f)).Length), Is.InRange(500_000, 5_000_000));
        foreach (string file in files)
            Assert.That(File.ReadAllBytes(Path.Combine(two, file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(one, file))), Is.True, file);
        if (name != "shelves")
            Assert.That(DatasetFormats.Default.Recognise(one)?.Name, Is.EqualTo(name is "cifar100" or "quickdraw" ? name : "folder"));
        Assert.That(() => StandIn.Find(name).Make(one, 7), Throws.TypeOf<UsageException>().With.Message.Contains("is there already"));
    }

    [Test]
    public void A_scan_finds_what_is_wrong()
    {
        string data = Path.Combine(_folder, "data"), bad = Path.Combine(_folder, "bad");
        StandIn.Find("products23").Make(data, 1);
        Assert.That(FolderScan.Of(data).Bad.Concat(FolderScan.Of(data).Leaks.Select(l => l.One)), Is.Empty);
        string tea = Path.Combine(data, "train", "tea");
        byte[] picture = File.ReadAllBytes(Path.Combine(tea, "000.jpg"));
        File.WriteAllBytes(Path.Combine(data, "val", "soap", "copy.jpg"), picture);
        File.WriteAllBytes(Path.Combine(tea, "cut.jpg"), picture[..(picture.Length / 2)]);
        File.WriteAllBytes(Path.Combine(tea, "empty.jpg"), []);
        PictureFile.Write(Path.Combine(tea, "blank.png"), new DecodedImage(8, 8, 3, new byte[192]));
        var scan = FolderScan.Of(data);
        Assert.That(scan.Bad.Select(f => (Path.GetFileName(f.Path), f.Problem!.Split('(')[0].Trim())), Is.EquivalentTo(new[]
        {
            ("cut.jpg", "damaged or truncated JPEG file"), ("empty.jpg", "empty file"), ("blank.png", "one colour only"),
        }));
        Assert.That(scan.Copies.Single().Select(f => f.Path), Is.EquivalentTo(new[] { "train/tea/000.jpg", "val/soap/copy.jpg" }));
        Assert.That(scan.Contradictions.Count(), Is.EqualTo(1));
        Assert.That(scan.Leaks.Single().One.Part, Is.Not.EqualTo(scan.Leaks.Single().Other.Part));
        Assert.That(scan.MoveBad(bad), Is.EqualTo(3));
        Assert.That(FolderScan.Of(data).Bad, Is.Empty);
        Assert.That(Path.Combine(bad, "train", "tea", "cut.jpg"), Does.Exist);
    }
}
