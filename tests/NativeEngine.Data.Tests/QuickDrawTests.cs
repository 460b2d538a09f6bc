using NativeEngine.Core;

namespace NativeEngine.Data.Tests;

/// <summary>Drawings in strokes: reading, drawing, damage.</summary>
public sealed class QuickDrawTests
{
    private string _folder = null!;

    [SetUp]
    public void Create() => _folder = Directory.CreateTempSubdirectory("ne-draw-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Tables_and_lines_give_the_same_drawings()
    {
        string csv = Path.Combine(_folder, "csv"), lines = Path.Combine(_folder, "lines");
        Directory.CreateDirectory(csv);
        Directory.CreateDirectory(lines);
        foreach (string word in new[] { "the sun", "box" })
        {
            File.WriteAllText(Path.Combine(csv, $"{word}.csv"), "countrycode,drawing,key_id,recognized,timestamp,word\n" + string.Concat(Enumerable.Range(0, 5)
                .Select(i => $"US,\"[[[0, {i * 10}, 255], [0, 128, 255]], [[10], [20]]]\",{i + 100},True,2017,{word}\n")));
            File.WriteAllText(Path.Combine(lines, $"{word}.ndjson"), string.Concat(Enumerable.Range(0, 5)
                .Select(i => $"{{\"word\":\"{word}\",\"key_id\":\"{i + 100}\",\"drawing\":[[[0,{i * 10},255],[0,128,255],[1,2,3]],[[10],[20]]]}}\n")));
        }

        var (a, b) = (Load(csv), Load(lines));
        Assert.That(a.Classes, Is.EqualTo(new[] { "box", "the_sun" }).And.EqualTo(b.Classes));
        Assert.That((a.Count, a.Key(7)), Is.EqualTo((10, "the_sun/102")));
        for (int i = 0; i < 10; i++)
            Assert.That((b.Key(i), Pixels(b, i)), Is.EqualTo((a.Key(i), Pixels(a, i))));
        Assert.That(Load(csv, new StrokeOptions(16, 1) { SkipRows = 1, RowsPerClass = 2 }).Count, Is.EqualTo(4));
        Assert.That(() => Load(csv, new StrokeOptions(16, 1) { SkipRows = 9 }),
            Throws.TypeOf<DataException>().With.Message.EndsWith("no drawings are left behind the first 9"));
    }

    [Test]
    public void Bitmaps_are_read_and_other_arrays_are_none()
    {
        string bitmaps = Path.Combine(_folder, "bitmaps");
        Directory.CreateDirectory(bitmaps);
        foreach (string word in new[] { "cat", "a dog" })
            NativeEngine.Nn.NpyFile.Write(Path.Combine(bitmaps, $"{word}.npy"),
                new NativeEngine.Nn.NpyArray("u1", [3, 784], [.. Enumerable.Range(0, 3 * 784).Select(i => (byte)(i * word.Length))]));
        var data = Load(bitmaps);
        Assert.That((data.Count, data.Height, data.Channels), Is.EqualTo((6, 28, 1)));
        Assert.That(data.Classes, Is.EqualTo(new[] { "a_dog", "cat" }));
        Assert.That(DatasetFormats.Default.Recognise(bitmaps)?.Name, Is.EqualTo("quickdraw"));
        string other = Path.Combine(_folder, "other");
        Directory.CreateDirectory(other);
        NativeEngine.Nn.NpyFile.Write(Path.Combine(other, "features.npy"), new NativeEngine.Nn.NpyArray("f4", [2, 64], new byte[512]));
        File.WriteAllText(Path.Combine(other, "results.csv"), "epoch,loss\n1,2\n");
        Assert.That(DatasetFormats.Default.Recognise(other), Is.Null, "arrays and tables of something else");
    }

    [Test]
    public void A_line_covers_what_its_distance_says()
    {
        const int size = 32;
        var raster = new StrokeRaster(size, lineWidth: 16, channels: 1);
        var pixels = new byte[size * size];
        raster.Draw(Drawing.Pack("[[[0,255],[0,0]]]", "test"), pixels);
        // The line is 2 pixels wide and lies in the middle, from one side to the other.
        Assert.That(Enumerable.Range(0, size).Select(y => (int)pixels[(y * size) + 16]).ToArray()[14..19], Is.EqualTo(new[] { 0, 255, 255, 0, 0 }).Within(1));
        Assert.That(pixels[(15 * size) + 0], Is.GreaterThan(100).And.LessThan(256), "a round end");
        raster.Draw(Drawing.Pack("[[[0,255],[0,255]]]", "test"), pixels);
        double ink = pixels.Sum(p => p / 255.0), length = Math.Sqrt(2) * 255 * (size - 2) / 256;
        Assert.That(ink, Is.EqualTo((2 * length) + Math.PI).Within(0.05 * ink), "as much ink as the area of the line with its ends");
    }

    [Test]
    public void A_single_point_is_a_dot_and_no_stroke_is_an_empty_image()
    {
        var raster = new StrokeRaster(16, 16, 3);
        var pixels = new byte[16 * 16 * 3];
        raster.Draw(Drawing.Pack("[[[7],[7]]]", "test"), pixels);
        Assert.That(pixels.Count(p => p > 0), Is.GreaterThan(0));
        raster.Draw(Drawing.Pack("[]", "test"), pixels);
        Assert.That(pixels, Is.All.EqualTo(0));
    }

    [TestCase("[[[0,1],[0]]]", "a stroke of 2 x and 1 y")]
    [TestCase("[[[0,300],[0,1]]]", "'300': expected coordinates of 0 … 255, as the simplified drawings have them")]
    [TestCase("[[[0,1],[0,1]", "the drawing is no list of strokes")]
    [TestCase("", "the drawing is no list of strokes")]
    [TestCase("[[[-1],[0]]]", "'-1': expected coordinates")]
    [TestCase("{\"a\":1}", "the drawing is no list of strokes")]
    public void A_broken_drawing_is_a_sentence(string json, string sentence) =>
        Assert.That(() => Drawing.Pack(json, "sun.csv, line 3"), Throws.TypeOf<DataException>().With.Message.StartsWith($"sun.csv, line 3: {sentence}"));

    [Test]
    public void Changed_drawings_are_read_or_refused_never_a_crash()
    {
        int per = int.TryParse(Environment.GetEnvironmentVariable("NENGINE_FUZZ_PER_FILE"), out int n) ? n : 3000;
        const string good = "[[[0, 10, 255], [0, 128, 255]], [[10], [20]]]";
        const string letters = "[],0123456789 -.e\"{}x";
        var random = new Random(5);
        var raster = new StrokeRaster(12, 6, 3);
        var pixels = new byte[12 * 12 * 3];
        for (int i = 0; i < per; i++)
        {
            char[] text = good.ToCharArray();
            for (int k = 1 + random.Next(3); k > 0; k--)
                text[random.Next(text.Length)] = letters[random.Next(letters.Length)];
            try
            {
                raster.Draw(Drawing.Pack(text.AsSpan(0, random.Next(5) == 0 ? random.Next(text.Length) : text.Length), "test"), pixels);
            }
            catch (DataException)
            {
                // refused with a sentence
            }
        }
    }

    private static Dataset Load(string folder, StrokeOptions? options = null) =>
        new QuickDrawFormat().Load(new DataRequest(folder,
            () => throw new InvalidOperationException())
        { Strokes = () => options ?? new StrokeOptions(16, 1) }).Train;

    private static string Pixels(Dataset data, int index)
    {
        var pixels = new byte[data.ImageBytes];
        data.Read(index, pixels);
        return Convert.ToHexString(pixels);
    }
}
