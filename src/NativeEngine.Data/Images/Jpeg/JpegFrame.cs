using System.Buffers.Binary;

namespace NativeEngine.Data;

/// <summary>Size and components of a JPEG image, with the coefficients that its scans fill in.</summary>
internal sealed class JpegFrame
{
    private JpegFrame(int width, int height, bool progressive, JpegComponent[] components) =>
        (Width, Height, Progressive, Components, MaxH, MaxV) = (width, height, progressive, components, components.Max(c => c.H), components.Max(c => c.V));

    public int Width { get; }

    public int Height { get; }

    public bool Progressive { get; }

    public JpegComponent[] Components { get; }

    public int MaxH { get; }

    public int MaxV { get; }

    public int McusAcross => Up(Width, 8 * MaxH);

    public int McusDown => Up(Height, 8 * MaxV);

    public static JpegFrame Parse(ReadOnlySpan<byte> body, bool progressive, long maxPixels)
    {
        if (body.Length < 6 || body.Length != 6 + 3 * body[5])
            throw new JpegException("damaged JPEG file: frame header");
        if (body[0] != 8)
            throw new JpegException($"JPEG with {body[0]} bits per sample is not supported");
        int height = BinaryPrimitives.ReadUInt16BigEndian(body[1..]), width = BinaryPrimitives.ReadUInt16BigEndian(body[3..]), count = body[5];
        long pixels = (long)width * height;
        if (pixels == 0 || pixels > PngReader.MaxPixels)
            throw new JpegException($"image of {width}x{height} pixels, expected 1 to {PngReader.MaxPixels} pixels");
        if (pixels > maxPixels)
            throw new JpegException($"truncated JPEG file: it is too small for {width}x{height} pixels");
        if (count is not (1 or 3))
            throw new JpegException($"JPEG with {count} components ({(count == 4 ? "CMYK" : "unknown")}) is not supported; save it as grey or RGB");
        var components = new JpegComponent[count];
        for (int i = 0; i < count; i++)
        {
            var part = body.Slice(6 + 3 * i, 3);
            int h = part[1] >> 4, v = part[1] & 15;
            if (h is < 1 or > 4 || v is < 1 or > 4 || part[2] > 3)
                throw new JpegException("damaged JPEG file: components of the frame");
            components[i] = count == 1 ? new JpegComponent(part[0], 1, 1, part[2]) : new JpegComponent(part[0], h, v, part[2]); // one component has nothing to interleave
        }

        if (components.DistinctBy(c => c.Id).Count() < count)
            throw new JpegException("damaged JPEG file: a component is named twice");
        var frame = new JpegFrame(width, height, progressive, components);
        foreach (var c in components)
        {
            c.Width = Up(width * c.H, frame.MaxH);
            c.Height = Up(height * c.V, frame.MaxV);
            c.BlocksAcross = frame.McusAcross * c.H;
            c.BlocksDown = frame.McusDown * c.V;
            c.Coefficients = new short[c.BlocksAcross * c.BlocksDown * 64];
        }

        return frame;
    }

    public static int Up(int value, int divisor) => (value + divisor - 1) / divisor;
}
