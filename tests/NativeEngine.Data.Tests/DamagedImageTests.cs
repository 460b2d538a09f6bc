using System.Buffers.Binary;
using NativeEngine.Core;

namespace NativeEngine.Data.Tests;

/// <summary>Truncated, damaged and hostile files are one sentence, on either decoder, and nothing is allocated for what they promise.</summary>
internal sealed class DamagedImageTests
{
    private static readonly string[] Samples =
    [
        "jpeg/2x2_1x1_1x1.jpg", "jpeg/2x2_1x1_1x1-progressive.jpg", "jpeg/1x2_1x1_1x1-restart1.jpg", "jpeg/grey17.jpg", "jpeg/cmyk0.jpg", "png/c6_8.png",
            "png/c3_4_trns.png", "gif/256.gif", "gif/animated.gif",
        "bmp/RGB.bmp", "webp/lossy_alpha.webp", "webp/lossless.webp", "tga/RGB_tga_rle.tga", "pnm/P5.pgm", "pnm/P3.ppm",
    ];

    [Test]
    public void Every_truncation_of_a_JPEG_or_PNG_is_found([Values("skia", "imagesharp")] string decoder)
    {
        foreach (string name in Samples.Where(n => n[0] == 'j' || n.StartsWith("png", StringComparison.Ordinal)))
        {
            var whole = Pictures.Bytes(name);
            var pixels = ImageReaderTests.Read(whole, name, new ImageOptions(decoder)).Pixels;
            int missing = 0;
            for (int length = 0; length < whole.Length; length += name[0] == 'j' && length < whole.Length - 40 ? 7 : 1)
            {
                try
                {
                    // Where it can be read, no pixel is missing.
                    Assert.That(ImageReaderTests.Read(whole[..length], name, new ImageOptions(decoder)).Pixels, Is.EqualTo(pixels),
                        $"{name}, {length} of {whole.Length} bytes");
                }
                catch (DataException)
                {
                    missing++;
                }
            }

            Assert.That(missing, Is.GreaterThan(10), name);
        }
    }

    [Test]
    public void Every_truncation_of_other_kinds_is_found([Values("skia", "imagesharp")] string decoder,
        [Values("bmp/RGB.bmp", "webp/lossless.webp", "webp/lossy_alpha.webp", "tga/RGB_plain.tga", "tga/RGB_tga_rle.tga", "pnm/P5.pgm", "pnm/P3.ppm",
            "pnm/P1.pbm")] string name)
    {
        var whole = Pictures.Bytes(name);
        var pixels = ImageReaderTests.Read(whole, name, new ImageOptions(decoder)).Pixels;
        int missing = 0;
        for (int length = 0; length < whole.Length; length++)
        {
            try
            {
                var read = ImageReaderTests.Read(whole[..length], name, new ImageOptions(decoder)).Pixels;
                if (whole.Length - length > 1 || !name.StartsWith("pnm/P3", StringComparison.Ordinal)) // a number may lack its last digit
                    Assert.That(read, Is.EqualTo(pixels), $"{name}, {length} of {whole.Length} bytes");
            }
            catch (DataException)
            {
                missing++;
            }
        }

        Assert.That(missing, Is.GreaterThan(10), name);
    }

    [Test]
    public void Damaged_files_are_refused_or_read_but_never_crash([Values("skia", "imagesharp")] string decoder)
    {
        const int seed = 5;
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        int refused = 0, count = 0;
        foreach (string name in Samples)
        {
            var original = Pictures.Bytes(name);
            for (int i = 0; i < 150; i++, count++)
            {
                var bytes = original.ToArray();
                for (int flips = random.Next(1, 5); flips > 0; flips--)
                    bytes[random.Next(2, i % 3 == 0 ? Math.Min(64, bytes.Length) : bytes.Length)] = (byte)random.Next(256);
                try
                {
                    ImageReaderTests.Read(bytes, $"fuzzed{Path.GetExtension(name)}", new ImageOptions(decoder));
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

    [Test]
    public void A_hostile_size_allocates_nothing([Values("skia", "imagesharp")] string decoder)
    {
        var png = new byte[13];
        byte[] Png(int width, int height)
        {
            BinaryPrimitives.WriteInt32BigEndian(png, width);
            BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(4), height);
            (png[8], png[9]) = (8, 6);
            return [.. PngWriter.Signature, .. PngWriter.Chunk("IHDR", png), .. PngWriter.Chunk("IDAT", [1, 2, 3]), .. PngWriter.Chunk("IEND", [])];
        }

        byte[] jpeg = [0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0x1f, 0xff, 0x1f, 0xff, 1, 1, 0x11, 0, 0xff, 0xd9];
        var gif = Pictures.Bytes("gif/256.gif").ToArray();
        gif.AsSpan(6, 4).Fill(0xff);
        long before = GC.GetTotalAllocatedBytes(true);
        foreach (byte[] file in new[] { Png(8000, 8000), Png(int.MaxValue, int.MaxValue), Png(0, 4), jpeg, gif, "P5 60000 60000 255\n"u8.ToArray(),
                "P6\n-3 5\n255\nxxxxxx"u8.ToArray() })
            Assert.That(() => ImageReaderTests.Read(file, "x", new ImageOptions(decoder)), Throws.TypeOf<DataException>().With.Message.StartsWith("x: "));
        Assert.That(GC.GetTotalAllocatedBytes(true) - before, Is.LessThan(8 << 20));
    }

    [Test]
    public void A_wrong_checksum_is_found()
    {
        var whole = PngWriter.Encode(5, 4, 8, 2, [.. Enumerable.Range(0, 60).Select(i => (byte)i)], 4);
        int refused = 0;
        for (int bit = 8 * 8; bit < 8 * whole.Length; bit++)
        {
            var damaged = whole.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Assert.That(ImageReaderTests.Read(damaged, "x.png", new ImageOptions("skia")).Pixels,
                    Is.EqualTo(ImageReaderTests.Read(whole, "x.png", new ImageOptions("skia")).Pixels), $"bit {bit}");
            }
            catch (DataException)
            {
                refused++;
            }
        }

        TestContext.Out.WriteLine($"{refused} of {8 * (whole.Length - 8)}; the others are in parts without pixels");
        Assert.That(refused, Is.GreaterThan(5 * (whole.Length - 8)));
    }

    [Test]
    public void Kinds_of_JPEG_that_nobody_reads_are_named()
    {
        var lossless = Pictures.Bytes("jpeg/bare0.jpg").ToArray();
        lossless[Array.IndexOf(lossless, (byte)0xc0)] = 0xc3;
        Assert.That(() => ImageReaderTests.Read(lossless, "x.jpg", new ImageOptions("skia")), Throws.TypeOf<DataException>().With.Message.Contains("lossless"));
        var deep = Pictures.Bytes("jpeg/bare0.jpg").ToArray();
        deep[Array.IndexOf(deep, (byte)0xc0) + 3] = 12;
        Assert.That(() => ImageReaderTests.Read(deep, "x.jpg", new ImageOptions("skia")),
            Throws.TypeOf<DataException>().With.Message.Contains("12 bits per sample"));
    }
}
