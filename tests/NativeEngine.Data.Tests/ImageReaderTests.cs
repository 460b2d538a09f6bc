using NativeEngine.Core;

namespace NativeEngine.Data.Tests;

/// <summary>Every kind of file that is read gives Pillow's pixels; what is not read is named.</summary>
internal sealed class ImageReaderTests
{
    // Pillow compares the transparent level with stretched or shortened samples (PNG 11.3.2.1 compares it with those of the file), so it finds others or none.
    private static readonly string[] OpaqueInPillow = ["png/c0_2_trns.png", "png/c0_4_trns.png", "png/c2_16_trns.png"];

    private static readonly ImageOptions Usual = new("skia");

    [TestCase("jpeg")]
    [TestCase("png")]
    [TestCase("gif")]
    [TestCase("bmp")]
    [TestCase("webp")]
    [TestCase("tga")]
    [TestCase("pnm")]
    public void Pixels_are_Pillows(string kind)
    {
        var pictures = Pictures.All.Where(p => p.Name.StartsWith($"{kind}/", StringComparison.Ordinal)).ToList();
        Assert.That(pictures, Has.Count.AtLeast(kind == "jpeg" ? 200 : 5));
        Assert.Multiple(() =>
        {
            foreach (var picture in pictures)
            {
                foreach (bool white in OpaqueInPillow.Contains(picture.Name) ? new[] { false } : [false, true])
                {
                    var image = Read(picture.Bytes, picture.Name, Usual with { Background = white ? new Background(255, 255, 255) : null });
                    Assert.That((image.Width, image.Height), Is.EqualTo((picture.Width, picture.Height)), picture.Name);
                    byte[] Fitted(int channels) => ImageFit.Fit(image, channels, image.Height, image.Width);
                    Assert.That(Pictures.Hash(Fitted(3)), Is.EqualTo(white ? picture.OverWhite : picture.Colour),
                        $"{picture.Name}, RGB, {(white ? "over white" : "as stored")}");
                    if (!white)
                        Assert.That(Pictures.Hash(Fitted(1)), Is.EqualTo(picture.Grey), $"{picture.Name}, L");
                }
            }
        });
    }

    [Test]
    public void The_other_decoder_reads_the_same_files_and_differs_by_chroma_alone()
    {
        var refused = new List<string>();
        foreach (var picture in Pictures.All)
        {
            try
            {
                var sharp = Read(picture.Bytes, picture.Name, Usual with { Decoder = "imagesharp" });
                var skia = Read(picture.Bytes, picture.Name, Usual);
                // ImageSharp misses some transparent levels
                Assert.That((sharp.Width, sharp.Height, sharp.Remarks),
                    Is.EqualTo((skia.Width, skia.Height, picture.Name.Contains("trns", StringComparison.Ordinal) ? sharp.Remarks : skia.Remarks)),
                        picture.Name);
                if (!picture.Name.StartsWith("jpeg/", StringComparison.Ordinal) && !picture.Name.Contains("bits", StringComparison.Ordinal)
                        && !picture.Name.Contains("lossy", StringComparison.Ordinal))
                    Assert.That(ImageFit.Fit(sharp, 3, sharp.Height, sharp.Width), Is.EqualTo(ImageFit.Fit(skia, 3, skia.Height, skia.Width)), picture.Name);
            }
            catch (DataException)
            {
                refused.Add(picture.Name);
            }
        }

        TestContext.Out.WriteLine(string.Join(' ', refused));
        Assert.That(refused, Is.All.Contains("arithmetic").Or.Contains("animated.webp"));
    }

    [Test]
    public void Orientation_is_applied_unless_it_is_not_wanted()
    {
        foreach (string kind in new[] { "jpeg/exif_{0}.jpg", "png/exif_{0}.png", "webp/exif_{0}.webp" })
        {
            var upright = Read(Pictures.Bytes(string.Format(null, kind, 1)), kind, Usual);
            for (int orientation = 1; orientation <= 8; orientation++)
            {
                var stored = Read(Pictures.Bytes(string.Format(null, kind, orientation)), kind, Usual with { Exif = false });
                Assert.That(stored.Content.SequenceEqual(upright.Content), Is.True, "as the file has it");
            }
        }
    }

    [Test]
    public void Transparency_depth_and_missing_ends_are_remarked()
    {
        var remarks = Pictures.All.Where(p => !p.Name.Contains("/c", StringComparison.Ordinal))
            .ToDictionary(p => p.Name, p => Read(p.Bytes, p.Name, Usual).Remarks);
        foreach (var (name, remark) in remarks)
        {
            bool alpha = name.Contains("alpha", StringComparison.Ordinal)
                || name is "gif/7transparency.gif" or "gif/part.gif" or "tga/RGBA_plain.tga" or "tga/RGBA_tga_rle.tga";
            Assert.That(remark.HasFlag(ImageRemarks.Transparent), Is.EqualTo(alpha), name);
            Assert.That(remark.HasFlag(ImageRemarks.NoEnd), Is.EqualTo(name.Contains("_end", StringComparison.Ordinal)), name);
        }

        Assert.That(Read(Pictures.Bytes("png/c0_16.png"), "x", Usual).Remarks, Is.EqualTo(ImageRemarks.DeepGrey));
        Assert.That(Read(Pictures.Bytes("png/c2_8_trns.png"), "x", Usual).Remarks, Is.EqualTo(ImageRemarks.Transparent));
    }

    [TestCase("II*\0....", "TIFF")]
    [TestCase("MM\0*....", "TIFF")]
    [TestCase("\0\0\0\x0cjP  \r\n", "JPEG 2000")]
    [TestCase("\xff\x4f\xff\x51\0", "JPEG 2000")]
    [TestCase("\0\0\0\u0020ftypavif", "AVIF")]
    [TestCase("\0\0\0\u0020ftypheic", "HEIC")]
    [TestCase("\0\0\x01\0\x01\0\x10\x10", "icon (ICO)")]
    [TestCase("8BPS\0\x01", "Photoshop")]
    [TestCase("%PDF-1.4", "PDF")]
    [TestCase("PK\x03\x04....", "zip archive")]
    [TestCase("<svg xmlns='x'>", "SVG, XML or HTML")]
    [TestCase("version https://git-lfs.github.com/spec/v1", "pointer of Git LFS")]
    [TestCase("not a picture", "not a picture of a known kind")]
    [TestCase("", "an empty file")]
    public void What_is_not_read_is_named(string contents, string expected) =>
        Assert.That(() => Read(System.Text.Encoding.Latin1.GetBytes(contents), "a/x.jpg", Usual),
            Throws.TypeOf<DataException>().With.Message.StartsWith("a/x.jpg: ").And.Message.Contains(expected));

    [Test]
    public void Decoders_are_chosen_and_a_missing_library_is_said()
    {
        Assert.That(ImageDecoders.Resolve("auto", null, out string? note), Is.EqualTo("skia"));
        Assert.That(note, Is.Null);
        Assert.That(ImageDecoders.Resolve("auto", "not found", out note), Is.EqualTo("imagesharp"));
        Assert.That(note, Does.Contain("not found"));
        Assert.That(ImageDecoders.Resolve("imagesharp", "not found", out note), Is.EqualTo("imagesharp"));
        Assert.That(note, Is.Null);
        Assert.That(() => ImageDecoders.Resolve("skia", "not found", out _), Throws.TypeOf<DeviceException>().With.Message.Contains("decoder imagesharp"));
        Assert.That(() => ImageReader.Read("/nowhere/x.png"), Throws.TypeOf<DataException>().With.Message.Contains("cannot be read"));
    }

    internal static DecodedImage Read(byte[] bytes, string name, ImageOptions options) =>
        ImageReader.Decode(ImageReader.Open(bytes, name), options, image => image with { Pixels = image.Content.ToArray() });
}
