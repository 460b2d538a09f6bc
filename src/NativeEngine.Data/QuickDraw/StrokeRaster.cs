using System.Buffers.Binary;

namespace NativeEngine.Data;

/// <summary>
/// Draws strokes with round ends and antialiasing: a pixel's level is 255 times how much of it a line of the width covers, by the distance of its middle to the
/// nearest segment, min(1, width / 2 + ½ - distance). The drawing's bounding box lies in the middle.
/// </summary>
/// <param name="size">Height and width.</param>
/// <param name="lineWidth">Width of a line on a canvas of 256 pixels.</param>
/// <param name="channels">1: coverage; 3: coverage times order (later strokes darker), direction, and speed.</param>
internal sealed class StrokeRaster(int size, double lineWidth, int channels)
{
    private const float Canvas = 256, DarkerPerStroke = 13, MostDarker = 10;

    private readonly float _half = Math.Max(0.5f, (float)(lineWidth * size / Canvas) / 2);

    /// <summary>Draws.</summary>
    /// <param name="drawing">As <see cref="Drawing.Pack"/> packs it.</param>
    /// <param name="pixels">[size, size, channels]</param>
    public void Draw(ReadOnlySpan<byte> drawing, Span<byte> pixels)
    {
        pixels.Clear();
        var (lowX, lowY, highX, highY) = Bounds(drawing);
        float room = size - (2 * _half), scale = room / Canvas;
        float left = _half + ((room - ((highX - lowX) * scale)) / 2) - (lowX * scale), top = _half + ((room - ((highY - lowY) * scale)) / 2) - (lowY * scale);
        int at = 0;
        for (int stroke = 0; at < drawing.Length; stroke++)
        {
            int count = BinaryPrimitives.ReadUInt16LittleEndian(drawing[at..]);
            var xs = drawing.Slice(at + 2, count);
            var ys = drawing.Slice(at + 2 + count, count);
            at += 2 + (2 * count);
            for (int i = count == 1 ? 0 : 1; i < count; i++)
            {
                int from = Math.Max(0, i - 1);
                Segment(pixels, left + (xs[from] * scale), top + (ys[from] * scale), left + (xs[i] * scale), top + (ys[i] * scale), stroke);
            }
        }
    }

    private void Segment(Span<byte> pixels, float x0, float y0, float x1, float y1, int stroke)
    {
        float reach = _half + 0.5f, dx = x1 - x0, dy = y1 - y0, length = (dx * dx) + (dy * dy), over = length > 0 ? 1 / length : 0;
        int fromX = Math.Max(0, (int)MathF.Floor(MathF.Min(x0, x1) - reach)), toX = Math.Min(size - 1, (int)MathF.Ceiling(MathF.Max(x0, x1) + reach));
        int fromY = Math.Max(0, (int)MathF.Floor(MathF.Min(y0, y1) - reach)), toY = Math.Min(size - 1, (int)MathF.Ceiling(MathF.Max(y0, y1) + reach));
        float order = 255 - (DarkerPerStroke * MathF.Min(stroke, MostDarker)), direction = 255 * (0.5f + (MathF.Atan2(dy, dx) / (2 * MathF.PI)));
        float speed = MathF.Min(255, 255 * MathF.Sqrt(length) / (size / 4f));
        for (int y = fromY; y <= toY; y++)
        {
            for (int x = fromX; x <= toX; x++)
            {
                float px = x + 0.5f - x0, py = y + 0.5f - y0, along = Math.Clamp(((px * dx) + (py * dy)) * over, 0, 1);
                float ex = px - (along * dx), ey = py - (along * dy), cover = reach - MathF.Sqrt((ex * ex) + (ey * ey));
                if (cover <= 0)
                    continue;
                cover = MathF.Min(1, cover);
                int at = ((y * size) + x) * channels;
                if (channels == 1)
                {
                    pixels[at] = Math.Max(pixels[at], (byte)((255 * cover) + 0.5f));
                    continue;
                }

                // Later strokes lie over earlier ones.
                pixels[at] = Over(pixels[at], order, cover);
                pixels[at + 1] = Over(pixels[at + 1], direction, cover);
                pixels[at + 2] = Over(pixels[at + 2], speed, cover);
            }
        }
    }

    private static byte Over(byte under, float level, float cover) => (byte)(under + ((level - under) * cover) + 0.5f);

    private static (byte LowX, byte LowY, byte HighX, byte HighY) Bounds(ReadOnlySpan<byte> drawing)
    {
        byte lowX = 255, lowY = 255, highX = 0, highY = 0;
        for (int at = 0; at < drawing.Length;)
        {
            int count = BinaryPrimitives.ReadUInt16LittleEndian(drawing[at..]);
            for (int i = at + 2; i < at + 2 + count; i++)
            {
                (lowX, highX) = (Math.Min(lowX, drawing[i]), Math.Max(highX, drawing[i]));
                (lowY, highY) = (Math.Min(lowY, drawing[i + count]), Math.Max(highY, drawing[i + count]));
            }

            at += 2 + (2 * count);
        }

        return drawing.Length == 0 ? ((byte)0, (byte)0, (byte)0, (byte)0) : (lowX, lowY, highX, highY);
    }
}
