using System.Runtime.Intrinsics;

namespace NativeEngine.Data;

/// <summary>From the coefficients of a JPEG frame to its pixels: inverse transform, upsampling, colours.</summary>
internal static class JpegPixels
{
    /// <summary>Basis[8 k + x] = c(k) cos((2x + 1) k π / 16) / 2.</summary>
    private static readonly float[] Basis = [.. from k in Enumerable.Range(0, 8) from x in Enumerable.Range(0, 8) select (float)((k == 0 ? Math.Sqrt(0.5) : 1) * Math.Cos((2 * x + 1) * k * Math.PI / 16) / 2)];

    public static DecodedImage Assemble(JpegFrame frame, JpegTables tables, int adobeTransform)
    {
        var planes = Array.ConvertAll(frame.Components, c => Upsample(Transform(c, tables.Quantisation(c.Table)), c, frame));
        int width = frame.Width, height = frame.Height;
        if (planes.Length == 1)
            return new DecodedImage(width, height, 1, planes[0]);
        bool rgb = adobeTransform == 0 || (adobeTransform < 0 && frame.Components.Select(c => c.Id).SequenceEqual([(int)'R', 'G', 'B']));
        var pixels = new byte[width * height * 3];
        for (int i = 0; i < width * height; i++)
        {
            int a = planes[0][i], b = planes[1][i], c = planes[2][i];
            if (!rgb)
            {
                // ITU-T T.871 with 16 bits behind the point.
                int cb = b - 128, cr = c - 128, y = a;
                a = Clamp(y + ((91881 * cr + 32768) >> 16));
                b = Clamp(y + ((-22554 * cb - 46802 * cr + 32768) >> 16));
                c = Clamp(y + ((116130 * cb + 32768) >> 16));
            }

            (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = ((byte)a, (byte)b, (byte)c);
        }

        return new DecodedImage(width, height, 3, pixels);
    }

    /// <summary>[Height, Width] samples of a component.</summary>
    private static byte[] Transform(JpegComponent component, float[] factors)
    {
        int stride = component.Width;
        var plane = new byte[stride * component.Height];
        Span<float> block = stackalloc float[64], half = stackalloc float[64];
        for (int by = 0; by * 8 < component.Height; by++)
        {
            for (int bx = 0; bx * 8 < component.Width; bx++)
            {
                var coefficients = component.Coefficients.AsSpan((by * component.BlocksAcross + bx) * 64, 64);
                for (int i = 0; i < 64; i++)
                    block[i] = coefficients[i] * factors[i];
                Multiply(block, half);
                int columns = Math.Min(8, component.Width - bx * 8);
                for (int y = 0; y < Math.Min(8, component.Height - by * 8); y++)
                {
                    var row = plane.AsSpan((by * 8 + y) * stride + bx * 8, columns);
                    for (int x = 0; x < columns; x++)
                        row[x] = (byte)Clamp((int)MathF.Floor(block[8 * y + x] + 128.5f));
                }
            }
        }

        return plane;
    }

    // block := Basisᵀ block Basis, a row of eight lanes at a time.
    private static void Multiply(Span<float> block, Span<float> half)
    {
        for (int v = 0; v < 8; v++)
        {
            var sum = Vector256<float>.Zero;
            for (int u = 0; u < 8; u++)
                sum += Vector256.Create(block[8 * v + u]) * Vector256.Create<float>(Basis.AsSpan(8 * u, 8));
            sum.CopyTo(half[(8 * v)..]);
        }

        for (int y = 0; y < 8; y++)
        {
            var sum = Vector256<float>.Zero;
            for (int v = 0; v < 8; v++)
                sum += Vector256.Create(Basis[8 * v + y]) * Vector256.Create<float>(half.Slice(8 * v, 8));
            sum.CopyTo(block[(8 * y)..]);
        }
    }

    // Halved components are interpolated with weights 3/4 and 1/4, as libjpeg does; other factors repeat.
    private static byte[] Upsample(byte[] plane, JpegComponent component, JpegFrame frame)
    {
        if (component.Width == frame.Width && component.Height == frame.Height)
            return plane;
        int across = frame.MaxH / component.H, down = frame.MaxV / component.V;
        bool whole = frame.MaxH % component.H == 0 && frame.MaxV % component.V == 0;
        bool smooth = whole && across == 2 && down is 1 or 2 && component.Width > 2;
        var result = new byte[frame.Width * frame.Height];
        for (int y = 0; y < frame.Height; y++)
        {
            int near = y * component.V / frame.MaxV;
            int far = Math.Clamp(down == 2 ? near + (y % 2 == 0 ? -1 : 1) : near, 0, component.Height - 1);
            var a = plane.AsSpan(near * component.Width, component.Width);
            var b = plane.AsSpan(far * component.Width, component.Width);
            var row = result.AsSpan(y * frame.Width, frame.Width);
            for (int x = 0; x < row.Length; x++)
            {
                int from = x * component.H / frame.MaxH;
                if (!smooth)
                {
                    row[x] = a[from];
                    continue;
                }

                int other = Math.Clamp(from + (x % 2 == 0 ? -1 : 1), 0, component.Width - 1), odd = x % 2;
                row[x] = down == 1
                    ? (byte)((3 * a[from] + a[other] + 1 + odd) >> 2)
                    : (byte)((3 * (3 * a[from] + b[from]) + 3 * a[other] + b[other] + 8 - odd) >> 4);
            }
        }

        return result;
    }

    private static int Clamp(int value) => Math.Clamp(value, 0, 255);
}
