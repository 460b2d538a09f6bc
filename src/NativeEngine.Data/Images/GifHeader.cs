namespace NativeEngine.Data;

/// <summary>What of a GIF file's first frame the libraries do not tell: the colour behind its transparent pixels, which Pillow shows.</summary>
internal static class GifHeader
{
    /// <summary>The palette's colour of the transparent index; where no index is transparent, of index 0, which covers what the frame leaves free.</summary>
    public static Background TransparentColour(ReadOnlySpan<byte> file)
    {
        var (palette, at) = Palette(file, 10, 13);
        int index = 0;
        while (at + 9 < file.Length)
        {
            if (file[at] == 0x2c)
            {
                var (own, _) = Palette(file, at + 9, at + 10);
                palette = own > 0 ? own : palette;
                break;
            }

            if (file[at] != 0x21)
                break;
            if (file[at + 1] == 0xf9 && (file[at + 3] & 1) != 0)
                index = file[at + 6];
            for (at += 2; at < file.Length && file[at] != 0; at += file[at] + 1)
            {
            }

            at++;
        }

        int colour = palette + 3 * index;
        return palette > 0 && colour + 2 < file.Length ? new Background(file[colour], file[colour + 1], file[colour + 2])
            : new Background((byte)index, (byte)index, (byte)index);
    }

    // Where a palette begins (0: there is none), and what follows it.
    private static (int Palette, int Next) Palette(ReadOnlySpan<byte> file, int flags, int start) =>
        flags < file.Length && (file[flags] & 0x80) != 0 ? (start, start + 3 * (2 << (file[flags] & 7))) : (0, start);
}
