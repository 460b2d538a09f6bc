namespace NativeEngine.Data.Tests;

/// <summary>Rows of a JPEG that are decoded alone are those of the whole picture.</summary>
public sealed class PartialDecodeTests
{
    private string _folder = null!;

    [SetUp]
    public void Create() => _folder = Directory.CreateTempSubdirectory("ne-part-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [TestCase(3, 97, 61)]
    [TestCase(3, 64, 200)]
    [TestCase(1, 50, 33)]
    public void Every_part_has_the_same_bytes(int channels, int height, int width)
    {
        string file = Path.Combine(_folder, "a.jpg");
        PictureFile.Write(file, Picture(channels, height, width));
        var whole = ImageReader.Read(file);
        int used = 0;
        for (int top = 0; top < height; top += 3)
        {
            foreach (int rows in new[] { 1, 2, 7, 16, height - top }.Where(r => r > 0 && top + r <= height))
            {
                var box = new CropBox(top, width / 4, rows, width / 2);
                ImageReader.ReadPart(file, new ImageOptions(), (h, w) =>
                {
                    Assert.That((h, w), Is.EqualTo((height, width)));
                    return box;
                }, (image, part) =>
                {
                    Assert.That(part, Is.EqualTo(box with { Top = image.Height == height ? part.Top : 0 }));
                    int stride = image.Width * image.Channels;
                    for (int y = 0; y < rows; y++)
                        Assert.That(image.Pixels.AsSpan((part.Top + y) * stride, stride).SequenceEqual(whole.Pixels.AsSpan((top + y) * stride, stride)),
                            Is.True, $"row {top + y} of {box}");
                    used++;
                });
            }
        }

        Assert.That(used, Is.GreaterThan(50));
    }

    [Test]
    public void Jpegs_of_every_kind_have_the_same_bytes_in_parts()
    {
        int read = 0;
        foreach (var picture in Pictures.All.Where(p => p.Name.StartsWith("jpeg/", StringComparison.Ordinal)))
        {
            string file = Path.Combine(_folder, "b.jpg");
            File.WriteAllBytes(file, picture.Bytes);
            var whole = ImageReader.Read(file, new ImageOptions("skia"));
            byte[] expected = new byte[whole.Channels * 12], got = new byte[expected.Length];
            var box = new CropBox(whole.Height / 3, whole.Width / 4, Math.Max(1, whole.Height / 2), Math.Max(1, whole.Width / 2));
            ImageFit.Crop(whole, box, (whole.Channels, 3, 4), Interpolation.Bilinear, expected);
            ImageReader.ReadPart(file, new ImageOptions("skia"), (_, _) => box,
                (image, part) => ImageFit.Crop(image, part, (whole.Channels, 3, 4), Interpolation.Bilinear, got));
            Assert.That(got, Is.EqualTo(expected), picture.Name);
            read++;
        }

        Assert.That(read, Is.GreaterThan(200));
    }

    [Test]
    public void A_damaged_file_is_refused_as_ever()
    {
        string file = Path.Combine(_folder, "a.jpg");
        PictureFile.Write(file, Picture(3, 90, 90));
        byte[] bytes = File.ReadAllBytes(file);
        File.WriteAllBytes(file, bytes[..(bytes.Length / 2)]);
        Assert.That(() => ImageReader.ReadPart(file, new ImageOptions(), (_, _) => new CropBox(60, 0, 20, 20), (_, _) => { }),
            Throws.TypeOf<NativeEngine.Core.DataException>());
    }

    private static DecodedImage Picture(int channels, int height, int width)
    {
        var random = new Random(7);
        var pixels = new byte[height * width * channels];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(((i / channels % width) * 2) + ((i / channels / width) * 3) + random.Next(60));
        return new DecodedImage(width, height, channels, pixels);
    }
}
