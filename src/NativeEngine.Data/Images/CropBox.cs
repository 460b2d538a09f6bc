namespace NativeEngine.Data;

/// <summary>A part of an image, in whole pixels.</summary>
/// <param name="Top">First row.</param>
/// <param name="Left">First column.</param>
/// <param name="Height">Rows, at least 1.</param>
/// <param name="Width">Columns, at least 1.</param>
public readonly record struct CropBox(int Top, int Left, int Height, int Width)
{
    /// <summary>The whole of an image.</summary>
    public static CropBox Whole(DecodedImage image) => new(0, 0, image.Height, image.Width);

    /// <summary>A centred square of this side, no larger than the image; where it cannot lie in the middle it begins at the even position, as in
    /// torchvision.</summary>
    public static CropBox Centre(int height, int width, int side)
    {
        int h = Math.Clamp(side, 1, height), w = Math.Clamp(side, 1, width);
        return new CropBox((int)Math.Round((height - h) / 2.0), (int)Math.Round((width - w) / 2.0), h, w);
    }
}
