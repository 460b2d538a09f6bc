using NativeEngine.Core;

namespace NativeEngine.Data.Tests;

/// <summary>Numbers and names of folders from a file; several folders as one; folds.</summary>
public sealed class ClassMapTests
{
    private string _folder = null!;

    [SetUp]
    public void Create()
    {
        _folder = Directory.CreateTempSubdirectory("ne-map-").FullName;
        foreach (string root in new[] { "a", "b" })
        {
            foreach (string name in new[] { "cat", "dog", "owl" })
            {
                Directory.CreateDirectory(Path.Combine(_folder, root, name));
                for (int i = 0; i < 7; i++)
                    PictureFile.Write(Path.Combine(_folder, root, name, $"{i}.png"),
                        new DecodedImage(3, 3, 3, [.. Enumerable.Range(0, 27).Select(k => (byte)(k + (i * 30)))]));
            }
        }
    }

    [TearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [TestCase("{'owl': 0, 'cat': 2, \"dog\": '1',}")]
    [TestCase("\uFEFF{\"owl\":0,\"cat\":2,\n\"dog\":1}\n")]
    [TestCase("owl\ndog\ncat\n")]
    [TestCase("cat,2\nowl,0\ndog,1\n")]
    [TestCase("0 owl\n1 dog\n# remark\n2 cat\n")]
    [TestCase("cat: 2\r\nowl: 0\r\ndog: 1\r\n")]
    public void Numbers_order_the_classes(string text) => Assert.That(Load(text).Classes, Is.EqualTo(new[] { "owl", "dog", "cat" }));

    [Test]
    public void Names_join_folders_and_keep_the_keys()
    {
        var data = Load("cat,pet\ndog,pet\nowl,bird\n");
        Assert.That(data.Classes, Is.EqualTo(new[] { "bird", "pet" }));
        Assert.That(Enumerable.Range(0, data.Count).CountBy(data.Label).ToDictionary(), Is.EqualTo(new Dictionary<int, int> { [0] = 7, [1] = 14 }));
        Assert.That(Enumerable.Range(0, data.Count).Select(data.Key), Is.Unique.And.Contain("cat/3.png").And.Contain("owl/0.png"));
    }

    [TestCase("{'owl': 0, 'cat': 1}", "does not name the folder dog")]
    [TestCase("{'owl': 0, 'cat': 1, 'dog': 1}", "cat and dog have the same number 1")]
    [TestCase("{'owl': 0, 'cat': 1, 'dog': -1}", "dog has number -1, expected 0..2, each once")]
    [TestCase("{'owl': 0, 'cat': 1, 'dog': 3}", "dog has number 3, expected 0..2")]
    [TestCase("{'owl': 0, 'owl': 1}", "owl is there twice")]
    [TestCase("{'owl': __import__('os').system('x')}", "expected 'name': number, got ''owl': __import__")]
    [TestCase("{'owl': 0", "expected 'name': number, got ''")]
    [TestCase("{'owl': 0} + 1", "something stands behind the dictionary")]
    [TestCase("", "names no classes")]
    public void A_mistake_is_a_sentence(string text, string sentence) =>
        Assert.That(() => Load(text), Throws.TypeOf<DataException>().With.Message.Contains(sentence));

    [Test]
    public void Several_folders_are_one()
    {
        Directory.Move(Path.Combine(_folder, "b", "owl"), Path.Combine(_folder, "b", "yak"));
        var data = Load(null, "a,b");
        Assert.That(data.Classes, Is.EqualTo(new[] { "cat", "dog", "owl", "yak" }));
        Assert.That(data.Count, Is.EqualTo(42));
        string[] keys = [.. Enumerable.Range(0, data.Count).Select(data.Key)];
        Assert.That(keys, Is.Unique.And.Contain("cat/0.png"));
        var alone = Load(null, "a");
        Assert.That(Enumerable.Range(0, alone.Count).Select(alone.Key), Is.SubsetOf(keys), "images of the first folder are called as before: a split holds");
    }

    [Test]
    public void Folds_have_no_image_in_common_and_all_together()
    {
        var data = Load(null);
        var held = Enumerable.Range(0, 3).Select(f => ValidationSplit.Draw(data, 1.0 / 3, 5, f).Apply(data).Validation)
            .Select(p => Enumerable.Range(0, p.Count).Select(p.Key).ToHashSet()).ToList();
        Assert.That(held.Sum(h => h.Count), Is.EqualTo(21));
        Assert.That(held.SelectMany(h => h).Distinct().Count(), Is.EqualTo(21));
        Assert.That(held.Select(h => h.Count), Is.All.InRange(6, 9));
        var plain = ValidationSplit.Draw(data, 1.0 / 3, 5).Apply(data).Validation;
        Assert.That(Enumerable.Range(0, plain.Count).Select(plain.Key), Is.EquivalentTo(held[0]), "the first fold is what is held out without folds");
    }

    private Dataset Load(string? map, string folders = "a")
    {
        string? file = map is null ? null : Path.Combine(_folder, "map.txt");
        if (file is not null)
            File.WriteAllText(file, map);
        return new FolderFormat().Load(new DataRequest(string.Join(',', folders.Split(',').Select(f => Path.Combine(_folder, f))),
            () => new FolderOptions(3, 3, 1))
        { ClassMap = file }).Train;
    }
}
