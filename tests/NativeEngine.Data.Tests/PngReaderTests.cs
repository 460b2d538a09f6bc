using NativeEngine.Core;

namespace NativeEngine.Data.Tests;

internal sealed class PngReaderTests
{
    private static byte[] Noise(int count)
    {
        var bytes = new byte[count];
        new Random(11).NextBytes(bytes);
        return bytes;
    }

    [Test]
    public void Every_colour_type_with_every_filter([Values(0, 2, 4, 6)] int colourType, [Values(0, 1, 2, 3, 4)] int filter, [Values(1, 3)] int parts)
    {
        int channels = colourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        var pixels = Noise(5 * 4 * channels);
        var image = PngReader.Decode(PngWriter.Encode(5, 4, 8, colourType, pixels, filter, parts: parts), "x.png");
        Assert.That((image.Width, image.Height, image.Channels), Is.EqualTo((5, 4, channels)));
        Assert.That(image.Pixels, Is.EqualTo(pixels));
    }

    [Test]
    public void Palette_with_and_without_transparency()
    {
        byte[] palette = [1, 2, 3, 40, 50, 60, 7, 8, 9];
        var image = PngReader.Decode(PngWriter.Encode(3, 1, 8, 3, [2, 0, 1], palette: palette), "x.png");
        Assert.That(image.Pixels, Is.EqualTo(new byte[] { 7, 8, 9, 1, 2, 3, 40, 50, 60 }));
        var clear = PngReader.Decode(PngWriter.Encode(3, 1, 8, 3, [2, 0, 1], palette: palette, transparency: [0, 128]), "x.png");
        Assert.That(clear.Pixels, Is.EqualTo(new byte[] { 7, 8, 9, 255, 1, 2, 3, 0, 40, 50, 60, 128 }));
        Assert.That(() => PngReader.Decode(PngWriter.Encode(3, 1, 8, 3, [2, 0, 3], palette: palette), "x.png"), Throws.TypeOf<DataException>().With.Message.Contains("palette entry 3 of 3"));
        Assert.That(() => PngReader.Decode(PngWriter.Encode(3, 1, 8, 3, [2, 0, 1]), "x.png"), Throws.TypeOf<DataException>().With.Message.Contains("no palette"));
    }

    [Test]
    public void Samples_below_eight_bits_are_stretched()
    {
        Assert.That(PngReader.Decode(PngWriter.Encode(10, 1, 1, 0, [0b10110000, 0b01000000]), "x").Pixels, Is.EqualTo(new byte[] { 255, 0, 255, 255, 0, 0, 0, 0, 0, 255 }));
        Assert.That(PngReader.Decode(PngWriter.Encode(3, 1, 2, 0, [0b00_01_11_00]), "x").Pixels, Is.EqualTo(new byte[] { 0, 85, 255 }));
        Assert.That(PngReader.Decode(PngWriter.Encode(3, 2, 4, 0, [0x0f, 0x80, 0x12, 0x30]), "x").Pixels, Is.EqualTo(new byte[] { 0, 255, 136, 17, 34, 51 }));
    }

    [Test]
    public void Of_sixteen_bits_the_upper_eight_are_kept([Values(0, 2, 4, 6)] int colourType, [Values(0, 1, 2, 3, 4)] int filter)
    {
        int channels = colourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        var pixels = Noise(5 * 4 * channels * 2);
        var image = PngReader.Decode(PngWriter.Encode(5, 4, 16, colourType, pixels, filter), "x.png");
        Assert.That((image.Width, image.Height, image.Channels), Is.EqualTo((5, 4, channels)));
        Assert.That(image.Pixels, Is.EqualTo(pixels.Where((_, i) => i % 2 == 0)));
    }

    [Test]
    public void Interlaced_files_give_the_same_pixels([Values(1, 2, 3, 4, 5, 7, 8, 9, 17)] int width, [Values(1, 2, 4, 5, 8, 11)] int height, [Values(1, 4, 8, 16)] int depth)
    {
        foreach (int colourType in depth < 8 ? new[] { 0 } : [0, 2, 6])
        {
            var rows = Noise(height * ((width * (colourType == 2 ? 3 : colourType == 6 ? 4 : 1) * depth + 7) / 8));
            byte[] Pixels(int interlace) => PngReader.Decode(PngWriter.Encode(width, height, depth, colourType, rows, filter: 4, interlace: interlace), "x.png").Pixels;
            Assert.That(Pixels(1), Is.EqualTo(Pixels(0)), $"colour type {colourType}");
        }
    }

    [Test]
    public void Every_flipped_bit_and_every_truncation_is_found()
    {
        var whole = PngWriter.Encode(5, 4, 8, 2, Noise(60), 4);
        for (int bit = 0; bit < 8 * whole.Length; bit++)
        {
            var damaged = whole.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(() => PngReader.Decode(damaged, "x.png"), Throws.TypeOf<DataException>(), $"bit {bit}");
        }

        for (int length = 0; length < whole.Length; length++)
            Assert.That(() => PngReader.Decode(whole.AsSpan(0, length), "x.png"), Throws.TypeOf<DataException>(), $"length {length}");
    }

    [Test]
    public void What_is_not_supported_is_said()
    {
        Assert.That(() => PngReader.Decode(PngWriter.Encode(2, 1, 16, 3, new byte[4]), "x"), Throws.TypeOf<DataException>().With.Message.Contains("16 bits per sample of colour type 3"));
        Assert.That(() => PngReader.Decode("GIF89a"u8, "x"), Throws.TypeOf<DataException>().With.Message.Contains("not a PNG file"));
        Assert.That(() => ImageReader.Read("/nowhere/x.png"), Throws.TypeOf<DataException>().With.Message.Contains("cannot be read"));
    }

    [Test]
    public void A_hostile_size_allocates_nothing()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var (width, height) in new[] { (8000, 8000), (int.MaxValue, int.MaxValue), (0, 4) })
        {
            var header = new byte[13];
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(header, width);
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
            (header[8], header[9]) = (8, 6);
            byte[] file = [.. PngWriter.Signature, .. PngWriter.Chunk("IHDR", header), .. PngWriter.Chunk("IDAT", [1, 2, 3]), .. PngWriter.Chunk("IEND", [])];
            Assert.That(() => PngReader.Decode(file, "x"), Throws.TypeOf<DataException>());
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(4 << 20));
    }

    [Test]
    public void Fitting_to_a_model()
    {
        var colour = new DecodedImage(2, 1, 4, [255, 255, 255, 255, 200, 100, 50, 0]);
        Assert.That(ImageFit.Fit(colour, 1, 1, 2), Is.EqualTo(new byte[] { 255, 0 }), "transparent becomes black");
        Assert.That(ImageFit.Fit(colour, 1, 1, 2, invert: true), Is.EqualTo(new byte[] { 0, 255 }));
        var red = new DecodedImage(1, 1, 3, [100, 0, 0]);
        Assert.That(ImageFit.Fit(red, 1, 1, 1), Is.EqualTo(new byte[] { 30 }));
        Assert.That(ImageFit.Fit(new DecodedImage(1, 1, 1, [9]), 3, 1, 1), Is.EqualTo(new byte[] { 9, 9, 9 }));
        var checker = new DecodedImage(4, 2, 1, [0, 100, 10, 30, 100, 200, 20, 40]);
        Assert.That(ImageFit.Fit(checker, 1, 1, 2), Is.EqualTo(new byte[] { 100, 25 }), "each target pixel is the mean of the area it covers");
        Assert.That(ImageFit.Fit(new DecodedImage(2, 1, 1, [0, 100]), 1, 2, 4), Is.EqualTo(new byte[] { 0, 25, 75, 100, 0, 25, 75, 100 }));
        Assert.That(() => ImageFit.Fit(red, 4, 1, 1), Throws.TypeOf<UsageException>());
    }
}
