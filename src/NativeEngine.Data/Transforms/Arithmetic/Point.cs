namespace NativeEngine.Data.Arithmetic;

/// <summary>Changes of single bytes, with the arithmetic of Pillow's ImageOps.</summary>
internal static class Point
{
    /// <summary>Replaces every byte by what the table says.</summary>
    public static void Map(Span<byte> pixels, ReadOnlySpan<byte> table)
    {
        foreach (ref byte pixel in pixels)
            pixel = table[pixel];
    }

    /// <summary>255 - x.</summary>
    public static void Invert(Picture picture) => ImageFit.Invert(picture.Pixels);

    /// <summary>Keeps the highest bits of every byte; 0 bits leave black.</summary>
    public static void Posterize(Picture picture, int bits) => Map(picture.Pixels, Table(x => x & ~((1 << (8 - bits)) - 1)));

    /// <summary>Inverts bytes from the threshold on.</summary>
    public static void Solarize(Picture picture, double threshold) => Map(picture.Pixels, Table(x => x < threshold ? x : 255 - x));

    /// <summary>Adds to the bytes below the threshold, up to 255.</summary>
    public static void SolarizeAdd(Picture picture, int add, int threshold = 128) =>
        Map(picture.Pixels, Table(x => x < threshold ? Math.Min(255, x + add) : x));

    /// <summary>Stretches each channel from its darkest and brightest level to 0 … 255; a channel of one level stays.</summary>
    public static void AutoContrast(Picture picture)
    {
        EachChannel(picture, static histogram =>
        {
            int low = Array.FindIndex(histogram, n => n > 0), high = Array.FindLastIndex(histogram, n => n > 0);
            if (high <= low)
                return null;
            double scale = 255.0 / (high - low), offset = -low * scale;
            return Table(x => Math.Clamp((int)((x * scale) + offset), 0, 255));
        });
    }

    /// <summary>Spreads the levels of each channel so that all are used equally often; channels of few pixels or of one level stay.</summary>
    public static void Equalize(Picture picture)
    {
        EachChannel(picture, static histogram =>
        {
            int highest = Array.FindLastIndex(histogram, n => n > 0);
            if (highest < 0 || Array.FindIndex(histogram, n => n > 0) == highest)
                return null;
            int step = (histogram.Sum() - histogram[highest]) / 255;
            if (step == 0)
                return null;
            var table = new byte[256];
            int n = step / 2;
            for (int x = 0; x < 256; x++)
            {
                table[x] = (byte)Math.Min(255, n / step);
                n += histogram[x];
            }

            return table;
        });
    }

    /// <summary>A table of a function of a byte.</summary>
    public static byte[] Table(Func<int, int> function)
    {
        var table = new byte[256];
        for (int x = 0; x < table.Length; x++)
            table[x] = (byte)function(x);
        return table;
    }

    private static void EachChannel(Picture picture, Func<int[], byte[]?> tableOf)
    {
        int channels = picture.Channels;
        var pixels = picture.Pixels;
        for (int c = 0; c < channels; c++)
        {
            var histogram = new int[256];
            for (int i = c; i < pixels.Length; i += channels)
                histogram[pixels[i]]++;
            if (tableOf(histogram) is not { } table)
                continue;
            for (int i = c; i < pixels.Length; i += channels)
                pixels[i] = table[pixels[i]];
        }
    }
}
