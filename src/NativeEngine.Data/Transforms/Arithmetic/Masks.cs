namespace NativeEngine.Data.Arithmetic;

/// <summary>Parts of an image that are painted over.</summary>
internal static class Masks
{
    /// <summary>Paints a box, cut off at the image's edges.</summary>
    /// <param name="picture">The image.</param>
    /// <param name="box">The box; may reach over the edges.</param>
    /// <param name="colour">One level, or one per channel.</param>
    public static void Box(Picture picture, CropBox box, IReadOnlyList<byte> colour)
    {
        int channels = picture.Channels;
        int left = Math.Clamp(box.Left, 0, picture.Width), right = Math.Clamp(box.Left + box.Width, 0, picture.Width);
        for (int y = Math.Max(0, box.Top); y < Math.Min(picture.Height, box.Top + box.Height); y++)
        {
            var row = picture.Pixels.Slice(((y * picture.Width) + left) * channels, (right - left) * channels);
            for (int i = 0; i < row.Length; i++)
                row[i] = colour[i % channels % colour.Count];
        }
    }

    /// <summary>The square around a pixel that Cutout paints: of side 2⌊length / 2⌋, cut off at the edges.</summary>
    public static CropBox Square(int centreY, int centreX, int length) => new(centreY - (length / 2), centreX - (length / 2), length / 2 * 2, length / 2 * 2);

    /// <summary>
    /// GridMask (Chen et al. 2020): bands of d·ratio pixels, every d, across and down, from an offset; the grid is turned, and what lies in a band is painted,
    /// or with <paramref name="inverse"/> what lies in none.
    /// </summary>
    public static void Grid(Picture picture, int d, double ratio, (int Y, int X) offset, double degrees, bool inverse, IReadOnlyList<byte> colour)
    {
        int height = picture.Height, width = picture.Width, side = (int)Math.Ceiling(Math.Sqrt((height * height) + (width * width)));
        int band = (int)Math.Ceiling(d * ratio);
        var mask = new Picture();
        byte[] bytes = new byte[side * side];
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
                bytes[(y * side) + x] = (byte)(InBand(y - offset.Y) || InBand(x - offset.X) ? 0 : 1);
        }

        mask.Load(bytes, side, side, 1);
        Warp.Rotate(mask, degrees, Interpolation.Find("nearest"), [0]);
        int top = (side - height) / 2, left = (side - width) / 2, channels = picture.Channels;
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                if ((mask.Pixels[((top + y) * side) + left + x] == 0) == inverse)
                    continue;
                var pixel = picture.Pixels.Slice(((y * width) + x) * channels, channels);
                for (int c = 0; c < channels; c++)
                    pixel[c] = colour[c % colour.Count];
            }
        }

        // Bands begin at the offset: what lies in front of the first is in none.
        bool InBand(int at) => at >= 0 && at % d < band;
    }
}
