using NativeEngine.Core;

namespace NativeEngine.Data.Tests;

/// <summary>Files written by libjpeg and its own decoding of them (Golden/jpeg, made by tools/reference/jpeg_corpus.py), and damaged ones.</summary>
internal sealed class JpegReaderTests
{
    private static string Folder => Path.Combine(TestContext.CurrentContext.TestDirectory, "Golden", "jpeg");

    [TestCase("grey")]
    [TestCase("grey_progressive")]
    [TestCase("444")]
    [TestCase("422")]
    [TestCase("420")]
    [TestCase("420_progressive")]
    [TestCase("optimised")]
    [TestCase("restarts")]
    [TestCase("tiny")]
    public void Pixels_are_libjpegs(string name)
    {
        var image = ImageReader.Read(Path.Combine(Folder, $"{name}.jpg"));
        var expected = ImageReader.Read(Path.Combine(Folder, $"{name}.png"));
        Assert.That((image.Width, image.Height, image.Channels), Is.EqualTo((expected.Width, expected.Height, expected.Channels)));
        var differences = image.Pixels.Zip(expected.Pixels, (a, b) => Math.Abs(a - b)).ToList();
        TestContext.Out.WriteLine($"largest difference {differences.Max()}, mean {differences.Average():F4}");
        Assert.That(differences.Max(), Is.LessThanOrEqualTo(3), "libjpeg's transform rounds in whole numbers");
        Assert.That(differences.Average(), Is.LessThan(0.2));
    }

    [Test]
    public void What_is_not_supported_is_said()
    {
        Assert.That(() => ImageReader.Read(Path.Combine(Folder, "cmyk.jpg")), Throws.TypeOf<DataException>().With.Message.Contains("4 components (CMYK)"));
        var arithmetic = File.ReadAllBytes(Path.Combine(Folder, "444.jpg"));
        arithmetic[Array.IndexOf(arithmetic, (byte)0xc0)] = 0xc9;
        Assert.That(() => JpegReader.Decode(arithmetic, "x.jpg"), Throws.TypeOf<DataException>().With.Message.Contains("SOF9"));
        byte[] huge = [0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0x1f, 0xff, 0x1f, 0xff, 1, 1, 0x11, 0, 0xff, 0xd9];
        Assert.That(() => JpegReader.Decode(huge, "x.jpg"), Throws.TypeOf<DataException>().With.Message.Contains("too small for 8191x8191 pixels"));
    }

    [Test]
    public void Every_truncation_is_found()
    {
        foreach (string name in new[] { "420", "420_progressive", "restarts" })
        {
            var whole = File.ReadAllBytes(Path.Combine(Folder, $"{name}.jpg"));
            for (int length = 0; length < whole.Length; length += 7)
                Assert.That(() => JpegReader.Decode(whole[..length], "x.jpg"), Throws.TypeOf<DataException>(), $"{name}, length {length}");
        }
    }

    [Test]
    public void Damaged_files_are_refused_or_read_but_never_crash()
    {
        const int seed = 5;
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        int refused = 0, count = 0;
        foreach (string path in Directory.GetFiles(Folder, "*.jpg").Order())
        {
            var original = File.ReadAllBytes(path);
            for (int i = 0; i < 2000; i++, count++)
            {
                var bytes = original.ToArray();
                for (int flips = random.Next(1, 5); flips > 0; flips--)
                    bytes[random.Next(2, bytes.Length)] = (byte)random.Next(256);
                try
                {
                    JpegReader.Decode(bytes, "fuzzed");
                }
                catch (DataException)
                {
                    refused++;
                }
            }
        }

        TestContext.Out.WriteLine($"{refused} of {count} refused");
        Assert.That(refused, Is.GreaterThan(count / 10).And.LessThan(count));
    }
}
