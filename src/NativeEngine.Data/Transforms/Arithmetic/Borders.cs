namespace NativeEngine.Data.Arithmetic;

/// <summary>Pixels in front of and behind an image, and cutting out of it.</summary>
internal static class Borders
{
    /// <summary>The position that a position outside of 0 … count-1 reflects to, without repeating the edge; of one pixel always 0.</summary>
    public static int Reflect(int at, int count)
    {
        if (count == 1)
            return 0;
        int period = 2 * (count - 1);
        at = ((at % period) + period) % period;
        return at < count ? at : period - at;
    }

    /// <summary>As <see cref="Reflect"/> with the edge repeated.</summary>
    public static int Mirror(int at, int count)
    {
        int period = 2 * count;
        at = ((at % period) + period) % period;
        return at < count ? at : period - 1 - at;
    }

    /// <summary>Adds pixels on all sides.</summary>
    /// <param name="picture">The image.</param>
    /// <param name="sides">Left, top, right, bottom; none is negative.</param>
    /// <param name="border">What they are.</param>
    /// <param name="fill">The colour of a constant border; one number, or one per channel.</param>
    public static void Pad(Picture picture, (int Left, int Top, int Right, int Bottom) sides, BorderMode border, IReadOnlyList<byte> fill)
    {
        if (sides is (0, 0, 0, 0))
            return;
        int channels = picture.Channels, oldHeight = picture.Height, oldWidth = picture.Width;
        int height = oldHeight + sides.Top + sides.Bottom, width = oldWidth + sides.Left + sides.Right;
        var (row, column) = (Positions(height, sides.Top, oldHeight, border), Positions(width, sides.Left, oldWidth, border));
        picture.Replace(height, width, (from, to) =>
        {
            for (int y = 0; y < height; y++)
            {
                var result = to.Slice(y * width * channels, width * channels);
                var source = row[y] < 0 ? default : from.Slice(row[y] * oldWidth * channels, oldWidth * channels);
                for (int x = 0; x < width; x++)
                {
                    for (int c = 0; c < channels; c++)
                        result[(x * channels) + c] = row[y] < 0 || column[x] < 0 ? fill[c % fill.Count] : source[(column[x] * channels) + c];
                }
            }
        });
    }

    /// <summary>Keeps a part of the image.</summary>
    public static void Crop(Picture picture, CropBox box)
    {
        int channels = picture.Channels, stride = picture.Width * channels, bytes = box.Width * channels;
        if (box == new CropBox(0, 0, picture.Height, picture.Width))
            return;
        picture.Replace(box.Height, box.Width, (from, to) =>
        {
            for (int y = 0; y < box.Height; y++)
                from.Slice(((box.Top + y) * stride) + (box.Left * channels), bytes).CopyTo(to[(y * bytes)..]);
        });
    }

    /// <summary>Keeps the centre; what is missing on the sides is black, the odd pixel of it right and below (torchvision's center_crop).</summary>
    public static void CropCentre(Picture picture, int height, int width)
    {
        int down = Math.Max(0, height - picture.Height), across = Math.Max(0, width - picture.Width);
        Pad(picture, (across / 2, down / 2, (across + 1) / 2, (down + 1) / 2), BorderMode.Constant, [0]);
        int top = (int)Math.Round((picture.Height - height) / 2.0), left = (int)Math.Round((picture.Width - width) / 2.0);
        Crop(picture, new CropBox(top, left, height, width));
    }

    /// <summary>Mirrors left to right.</summary>
    public static void FlipAcross(Picture picture)
    {
        int channels = picture.Channels, stride = picture.Width * channels;
        for (int y = 0; y < picture.Height; y++)
        {
            var row = picture.Pixels.Slice(y * stride, stride);
            if (channels == 1)
            {
                row.Reverse();
                continue;
            }

            for (int i = 0, j = stride - channels; i < j; i += channels, j -= channels)
            {
                for (int c = 0; c < channels; c++)
                    (row[i + c], row[j + c]) = (row[j + c], row[i + c]);
            }
        }
    }

    /// <summary>Mirrors top to bottom.</summary>
    public static void FlipDown(Picture picture)
    {
        int stride = picture.Width * picture.Channels, height = picture.Height;
        picture.Replace(height, picture.Width, (from, to) =>
        {
            for (int y = 0; y < height; y++)
                from.Slice((height - 1 - y) * stride, stride).CopyTo(to[(y * stride)..]);
        });
    }

    private static int[] Positions(int count, int before, int old, BorderMode border) =>
    [
        .. Enumerable.Range(-before, count).Select(at => at >= 0 && at < old ? at : border switch
        {
            BorderMode.Constant => -1,
            BorderMode.Edge => Math.Clamp(at, 0, old - 1),
            BorderMode.Reflect => Reflect(at, old),
            _ => Mirror(at, old),
        }),
    ];
}
