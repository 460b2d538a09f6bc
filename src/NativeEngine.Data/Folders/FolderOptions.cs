namespace NativeEngine.Data;

/// <summary>How the images of a folder become images of one size.</summary>
/// <param name="Channels">1 (grey) or 3 (RGB).</param>
/// <param name="Size">Height and width.</param>
/// <param name="CropPct">
/// Part of the shorter side that is kept: an image is shrunk until its shorter side is Size / CropPct, then its centre is cut out.
/// </param>
/// <param name="Cached">Keeps all decoded and shrunk images in memory; otherwise each is decoded whenever it is read. The pixels are the same.</param>
public sealed record FolderOptions(int Channels, int Size, double CropPct = 0.875, bool Cached = true)
{
    /// <summary>Any image as the model takes it: shrunk, and its centre cut out.</summary>
    /// <returns>[Size, Size, Channels]</returns>
    public byte[] Fit(DecodedImage image)
    {
        image = Shrink(image);
        return ImageFit.Crop(image, Centre(image.Height, image.Width), Channels, Size, Size);
    }

    /// <summary>An image as it is kept: a photograph has many times the pixels that a model looks at.</summary>
    internal DecodedImage Shrink(DecodedImage image)
    {
        int shorter = Math.Min(image.Height, image.Width), height = image.Height, width = image.Width;
        double stored = Math.Round(Size / CropPct);
        if (shorter > stored)
        {
            height = (int)Math.Max(1, Math.Round(height * stored / shorter));
            width = (int)Math.Max(1, Math.Round(width * stored / shorter));
        }

        return new DecodedImage(width, height, Channels, ImageFit.Fit(image, Channels, height, width));
    }

    /// <summary>The part that is evaluated.</summary>
    internal CropBox Centre(int height, int width) => CropBox.Centre(height, width, (int)Math.Round(Math.Min(height, width) * CropPct));
}
