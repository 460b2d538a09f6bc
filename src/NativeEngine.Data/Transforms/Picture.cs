namespace NativeEngine.Data;

/// <summary>
/// An image on its way through transforms: bytes [Height, Width, Channels] in a buffer that is used again for the next image. A transform changes the bytes in
/// place, or writes an image of any size with <see cref="Replace"/>.
/// </summary>
public sealed class Picture
{
    private byte[] _pixels = [], _spare = [];

    /// <summary>Columns.</summary>
    public int Width { get; private set; }

    /// <summary>Rows.</summary>
    public int Height { get; private set; }

    /// <summary>1 (grey) or 3 (RGB).</summary>
    public int Channels { get; private set; }

    /// <summary>The bytes, [Height, Width, Channels].</summary>
    public Span<byte> Pixels => _pixels.AsSpan(0, Width * Height * Channels);

    /// <summary>This image as arithmetic that reads images takes it; valid until the next change.</summary>
    internal DecodedImage View => new(Width, Height, Channels, _pixels);

    /// <summary>Takes in an image; its bytes are copied.</summary>
    public void Load(ReadOnlySpan<byte> pixels, int height, int width, int channels)
    {
        (Height, Width, Channels) = (height, width, channels);
        Grow(ref _pixels, height * width * channels);
        pixels[..(height * width * channels)].CopyTo(_pixels);
    }

    /// <summary>Puts an image of any size with the same channels in the place of this one.</summary>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="write">Is given the old bytes and the new, which hold anything.</param>
    public void Replace(int height, int width, PictureWriter write)
    {
        Grow(ref _spare, height * width * Channels);
        write(Pixels, _spare.AsSpan(0, height * width * Channels));
        (_pixels, _spare) = (_spare, _pixels);
        (Height, Width) = (height, width);
    }

    /// <summary>Makes it grey (1) or colour (3), where it is not: grey is ITU-R BT.601's, colour repeats it.</summary>
    public void Convert(int channels)
    {
        if (channels == Channels)
            return;
        int count = Width * Height;
        Grow(ref _spare, count * channels);
        if (channels == 1)
            PixelRows.Grey(Pixels, _spare.AsSpan(0, count));
        else
            PixelRows.Repeat(Pixels, _spare.AsSpan(0, count * channels));
        (_pixels, _spare) = (_spare, _pixels);
        Channels = channels;
    }

    /// <summary>This image as one of its own.</summary>
    public DecodedImage ToImage() => new(Width, Height, Channels, Pixels.ToArray());

    private static void Grow(ref byte[] buffer, int bytes)
    {
        if (buffer.Length < bytes)
            buffer = new byte[Math.Max(bytes, 2 * buffer.Length)];
    }
}

/// <summary>Writes a new image from an old one.</summary>
/// <param name="from">The old bytes.</param>
/// <param name="to">The new bytes, which hold anything.</param>
public delegate void PictureWriter(ReadOnlySpan<byte> from, Span<byte> to);
