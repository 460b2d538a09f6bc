using NativeEngine.Core;

namespace NativeEngine.Data.Tests;

/// <summary>Tables of pictures.</summary>
public sealed class CsvFormatTests
{
    private string _folder = null!;

    [SetUp]
    public void Create()
    {
        _folder = Directory.CreateTempSubdirectory("ne-csv-").FullName;
        Directory.CreateDirectory(Path.Combine(_folder, "some pictures"));
        for (int i = 0; i < 6; i++)
            PictureFile.Write(Path.Combine(_folder, "some pictures", $"a,{i}.png"),
                new DecodedImage(4, 4, 3, [.. Enumerable.Range(0, 48).Select(k => (byte)((k * 3) + (i * 20)))]));
    }

    [TearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [TestCase("path,label\n", "")]
    [TestCase("", "")]
    [TestCase("path,label\n", "\r")]
    public void With_and_without_a_header(string header, string end)
    {
        string file = Write(header.Replace("\n", $"{end}\n")
            + string.Concat(Enumerable.Range(0, 6).Select(i => $"\"some pictures/a,{i}.png\",\"{(i % 2 == 0 ? "big, red" : "small")}\"{end}\n")));
        var (train, eval) = Load(file);
        Assert.That(eval, Is.Null);
        Assert.That(train.Classes, Is.EqualTo(new[] { "big, red", "small" }));
        Assert.That(Enumerable.Range(0, 6).Select(train.Key).Order(), Is.EqualTo(Enumerable.Range(0, 6).Select(i => $"some pictures/a,{i}.png")));
        Assert.That(Enumerable.Range(0, 6).Select(i => train.Label(i)), Is.EqualTo(new[] { 0, 0, 0, 1, 1, 1 }), "class by class");
    }

    [Test]
    public void Parts_and_numbers_as_labels()
    {
        string file = Write("path,label,split\n"
            + string.Concat(Enumerable.Range(0, 6).Select(i => $"\"some pictures/a,{i}.png\",{10 - (i % 3)},{(i < 3 ? "train" : i == 5 ? "test" : "val")}\n")));
        var (train, eval) = Load(file);
        Assert.That(train.Classes, Is.EqualTo(new[] { "8", "9", "10" }), "numbers in their order");
        Assert.That((train.Count, eval!.Count), Is.EqualTo((3, 2)));
    }

    [Test]
    public void A_column_for_each_class()
    {
        string file = Write("path,cat,dog,bird\n" + string.Concat(Enumerable.Range(0, 6).Select(i => $"\"some pictures/a,{i}.png\",{i % 2},{i / 3},0\n")));
        var (train, _) = Load(file);
        Assert.That(train.IsMultiLabel, Is.True);
        var row = new float[3];
        train.ReadRow(5, row);
        Assert.That(row, Is.EqualTo(new[] { 1f, 1, 0 }));
    }

    [TestCase("path,label\nnope.png,x\n", "1 of 1 files are not in")]
    [TestCase("path,label\n\"some pictures/a,0.png\",\n", "line 2: the label is empty")]
    [TestCase("path,label,split\n\"some pictures/a,0.png\",x,later\n", "line 2: split 'later': expected train, val or test")]
    [TestCase("path,label\n\"some pictures/a,0.png\",x,y\n", "line 2: 3 columns, the lines before have 2")]
    [TestCase("path,cat,dog\n\"some pictures/a,0.png\",2,0\n", "line 2: cat is '2': expected 0 or 1")]
    [TestCase("path,label\n", "no rows")]
    [TestCase("alone\n", "line 1: expected path,label[,split], got 'alone'")]
    public void A_mistake_is_a_sentence(string text, string sentence) =>
        Assert.That(() => Load(Write(text)), Throws.TypeOf<DataException>().With.Message.Contains(sentence));

    [Test]
    public void Changed_tables_are_read_or_refused_never_a_crash()
    {
        int per = int.TryParse(Environment.GetEnvironmentVariable("NENGINE_FUZZ_PER_FILE"), out int n) ? n : 200;
        string good = "path,label,split\n"
            + string.Concat(Enumerable.Range(0, 4).Select(i => $"\"some pictures/a,{i}.png\",x{i % 2},{(i < 3 ? "train" : "val")}\n"));
        var random = new Random(3);
        for (int i = 0; i < per; i++)
        {
            char[] text = good.ToCharArray();
            for (int k = 1 + random.Next(4); k > 0; k--)
                text[random.Next(text.Length)] = ",\"\n\r;\0a\uFEFF\t'"[random.Next(10)];
            try
            {
                new CsvFormat().Layout(new DataRequest(Write(new string(text)), () => throw new InvalidOperationException()));
            }
            catch (DataException)
            {
                // refused with a sentence
            }
        }
    }

    private (Dataset Train, Dataset? Eval) Load(string file) => new CsvFormat().Load(new DataRequest(file, () => new FolderOptions(3, 4, 1)));

    private string Write(string text)
    {
        string file = Path.Combine(_folder, "table.csv");
        File.WriteAllText(file, text);
        return file;
    }
}
