using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.PixelFormats;

namespace NativeEngine.Data;

/// <summary>Writes images as files.</summary>
public static class PictureFile
{
    private const int Quality = 88;

    /// <summary>Writes a JPEG or PNG, as the name ends.</summary>
    public static void Write(string path, DecodedImage image)
    {
        using Image picture = image.Channels == 3
            ? Image.LoadPixelData<Rgb24>(image.Content, image.Width, image.Height)
            : Image.LoadPixelData<L8>(image.Content, image.Width, image.Height);
        if (path.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
            picture.SaveAsPng(path);
        else
            picture.SaveAsJpeg(path, new JpegEncoder { Quality = Quality });
    }
}
