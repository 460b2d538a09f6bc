using System.Globalization;
using NativeEngine.Core;

namespace NativeEngine.Data.Tests;

/// <summary>Resizing is Pillow's to the level (Golden/resize.csv, made by tools/reference/resize_cases.py).</summary>
internal sealed class ImageResizeTests
{
    [Test]
    public void Sizes_boxes_and_evaluated_parts_are_Pillows([Values("bilinear", "bicubic", "nearest")] string method, [Values(1, 3)] int channels)
    {
        var kernel = Interpolation.Find(method);
        int cases = 0;
        foreach (string[] f in File.ReadLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "Golden", "resize.csv")).Select(l => l.Split(',')))
        {
            if (f[1] != method || int.Parse(f[2]) != channels)
                continue;
            int At(int i) => int.Parse(f[i], CultureInfo.InvariantCulture);
            var image = Image(At(3), At(4), channels);
            var result = new byte[channels * At(9) * At(10)];
            if (f[0] == "resize")
                ImageFit.Crop(image, new CropBox(At(5), At(6), At(7), At(8)), (channels, At(9), At(10)), kernel, result);
            else
                result = new FolderOptions(channels, At(5), double.Parse(f[6], CultureInfo.InvariantCulture)) { Interpolation = kernel }.Fit(image);
            Assert.That(Pictures.Hash(result), Is.EqualTo(f[11]), string.Join(',', f));
            cases++;
        }

        Assert.That(cases, Is.EqualTo(30));
    }

    [Test]
    public void What_is_kept_of_a_photograph_gives_the_same_part()
    {
        foreach (var (height, width) in new[] { (300, 401), (401, 300), (37, 90), (40, 40), (20, 31) })
        {
            foreach (double part in new[] { 0.875, 1, 0.5 })
            {
                var options = new FolderOptions(3, 32, part);
                var image = Image(height, width, 3);
                var kept = options.Shrink(image);
                Assert.That(options.Fit(kept), Is.EqualTo(options.Fit(image)), $"{height}x{width}, {part}");
                Assert.That(Math.Min(kept.Height, kept.Width), Is.LessThanOrEqualTo(Math.Max(Math.Min(height, width), 64)));
            }
        }
    }

    [Test]
    public void Colours_and_levels()
    {
        var red = new DecodedImage(1, 1, 3, [100, 0, 0]);
        Assert.That(ImageFit.Fit(red, 1, 1, 1), Is.EqualTo(new byte[] { 30 }));
        Assert.That(ImageFit.Fit(red, 1, 1, 1, invert: true), Is.EqualTo(new byte[] { 225 }));
        Assert.That(ImageFit.Fit(new DecodedImage(1, 1, 1, [9]), 3, 1, 1), Is.EqualTo(new byte[] { 9, 9, 9 }));
        Assert.That(() => ImageFit.Fit(red, 4, 1, 1), Throws.TypeOf<UsageException>());
        Assert.That(() => Interpolation.Find("bilinaer"), Throws.TypeOf<UsageException>().With.Message.Contains("bilinear"));
        Assert.That(Background.Parse("1,2,255"), Is.EqualTo(new Background(1, 2, 255)));
        Assert.That(Background.Parse(null), Is.Null);
        Assert.That(() => Background.Parse("1,2,256"), Throws.TypeOf<UsageException>().With.Message.Contains("R,G,B"));
    }

    [Test]
    public void Resizing_allocates_little()
    {
        var image = Image(1000, 1500, 3);
        var result = new byte[3 * 256 * 256];
        void Once() => ImageFit.Crop(image, CropBox.Whole(image), (3, 256, 256), Interpolation.Bilinear, result);
        Once();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Once();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000));
    }

    private static DecodedImage Image(int height, int width, int channels)
    {
        var pixels = new byte[height * width * channels];
        int to = 0;
        for (long y = 0; y < height; y++)
        {
            for (long x = 0; x < width; x++)
            {
                for (long c = 0; c < channels; c++)
                    pixels[to++] = (byte)((x * 7919 + y * 104729 + c * 1299709 + x * y * 31 + x / 9 * (y / 5) * 97) % 251 + 2);
            }
        }

        return new DecodedImage(width, height, channels, pixels);
    }
}
