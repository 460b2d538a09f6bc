using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NativeEngine.Data;

/// <summary>
/// Pillow's <c>Image.resize</c> to the last bit, which is also what torchvision does with pictures: always antialiased, first along the rows, rounded to bytes,
/// then along the columns; a side whose length stays is left alone.
/// </summary>
internal static class ImageResize
{
    private const int Half = 1 << (ResampleWeights.Bits - 1);
    private const int PixelBytes = 4; // read for the three of a colour pixel

    /// <summary>Resizes a part of an image and keeps a part of the result.</summary>
    /// <param name="image">1 or 3 channels.</param>
    /// <param name="box">The part; nothing outside it is seen.</param>
    /// <param name="size">Size that the part gets.</param>
    /// <param name="kept">The part of the result that is wanted.</param>
    /// <param name="kernel">How to interpolate.</param>
    /// <param name="result">[kept.Height, kept.Width, C]</param>
    public static void Resize(DecodedImage image, CropBox box, (int Height, int Width) size, CropBox kept, Interpolation kernel, Span<byte> result)
    {
        int channels = image.Channels, stride = image.Width * channels;
        var source = image.Content[((box.Top * image.Width + box.Left) * channels)..];
        if (kernel.Radius == 0)
        {
            Nearest(source, stride, channels, box, size, kept, result);
            return;
        }

        bool across = box.Width != size.Width, down = box.Height != size.Height;
        if (!down)
        {
            source = source[(kept.Top * stride)..];
            Rows(source, stride, channels, box.Width, kept.Height, size.Width, kept, kernel, result, across);
            return;
        }

        var vertical = new ResampleWeights(box.Height, size.Height, kept.Top, kept.Height, kernel);
        var (from, end) = vertical.Range;
        int rowBytes = kept.Width * channels;
        byte[] between = ArrayPool<byte>.Shared.Rent(Math.Max(1, (end - from) * rowBytes));
        try
        {
            Rows(source[(from * stride)..], stride, channels, box.Width, end - from, size.Width, kept, kernel, between, across);
            for (int y = 0; y < kept.Height; y++)
            {
                int first = vertical.Window(y, out var weights) - from;
                Blend(between.AsSpan(first * rowBytes, weights.Length * rowBytes), weights, result.Slice(y * rowBytes, rowBytes));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(between);
        }
    }

    private static void Rows(ReadOnlySpan<byte> source, int stride, int channels, int width, int rows, int newWidth, CropBox kept, Interpolation kernel,
        Span<byte> result, bool across)
    {
        int rowBytes = kept.Width * channels;
        if (!across)
        {
            for (int y = 0; y < rows; y++)
                source.Slice(y * stride + kept.Left * channels, rowBytes).CopyTo(result[(y * rowBytes)..]);
            return;
        }

        var weights = new ResampleWeights(width, newWidth, kept.Left, kept.Width, kernel);
        var pairs = channels == 3 && Sse41.IsSupported ? new TapPairs(weights, kept.Width) : null;
        for (int y = 0; y < rows; y++)
        {
            var to = result.Slice(y * rowBytes, rowBytes);
            var row = source[(y * stride)..];
            if (pairs is not null)
                ColourRow(row, weights, pairs, kept.Width, to);
            else if (channels == 3)
                ColourRow(row, weights, kept.Width, to);
            else
                GreyRow(row, weights, to);
        }
    }

    private static void GreyRow(ReadOnlySpan<byte> row, in ResampleWeights all, Span<byte> result)
    {
        for (int x = 0; x < result.Length; x++)
        {
            var part = row[all.Window(x, out var weights)..];
            int sum = Half;
            for (int k = 0; k < weights.Length; k++)
                sum += part[k] * weights[k];
            result[x] = Clamp(sum);
        }
    }

    // A pixel's three values are three of a vector's four numbers; the fourth is the next pixel's and is dropped.
    private static void ColourRow(ReadOnlySpan<byte> row, in ResampleWeights all, int count, Span<byte> result)
    {
        for (int x = 0; x < count; x++)
        {
            var part = row[(3 * all.Window(x, out var weights))..];
            int whole = part.Length >= 3 * (weights.Length - 1) + PixelBytes ? weights.Length : weights.Length - 1;
            var sum = Vector128.Create(Half);
            for (int k = 0; k < whole; k++)
            {
                var pixel = Vector128.CreateScalarUnsafe(MemoryMarshal.Read<uint>(part[(3 * k)..])).AsByte();
                sum += Vector128.WidenLower(Vector128.WidenLower(pixel)).AsInt32() * weights[k];
            }

            if (whole < weights.Length) // the last pixel of the image
            {
                int at = 3 * whole;
                sum += Vector128.Create(part[at], part[at + 1], part[at + 2], 0) * weights[whole];
            }

            result[3 * x] = Clamp(sum[0]);
            result[3 * x + 1] = Clamp(sum[1]);
            result[3 * x + 2] = Clamp(sum[2]);
        }
    }

    // Two taps at a time: the bytes of two pixels, side by side channel by channel, times the upper and the lower halves of their weights. Both sums are exact.
    private static void ColourRow(ReadOnlySpan<byte> row, in ResampleWeights all, TapPairs pairs, int count, Span<byte> result)
    {
        var order = Vector128.Create((byte)0, 255, 3, 255, 1, 255, 4, 255, 2, 255, 5, 255, 255, 255, 255, 255);
        var half = Vector128.Create(Half);
        for (int x = 0; x < count; x++)
        {
            int first = all.Window(x, out var weights), at = 3 * first, used = (weights.Length + 1) / 2;
            if (at + (6 * used) + 2 > row.Length)
            {
                ColourPixel(row[at..], weights, result.Slice(3 * x, 3)); // the last pixels of the image
                continue;
            }

            Vector128<int> high = default, low = default;
            for (int k = 0; k < used; k++, at += 6)
            {
                var two = Ssse3.Shuffle(Vector128.CreateScalarUnsafe(MemoryMarshal.Read<ulong>(row[at..])).AsByte(), order).AsInt16();
                high += Sse2.MultiplyAddAdjacent(two, Vector128.Create(pairs.High[(x * pairs.Most) + k]).AsInt16());
                low += Sse2.MultiplyAddAdjacent(two, Vector128.Create(pairs.Low[(x * pairs.Most) + k]).AsInt16());
            }

            var sum = Vector128.ShiftRightArithmetic(Vector128.ShiftLeft(high, TapPairs.LowBits) + low + half, ResampleWeights.Bits);
            uint pixel = Sse2.PackUnsignedSaturate(Sse2.PackSignedSaturate(sum, sum), default).AsUInt32().ToScalar();
            (result[3 * x], result[(3 * x) + 1], result[(3 * x) + 2]) = ((byte)pixel, (byte)(pixel >> 8), (byte)(pixel >> 16));
        }
    }

    private static void ColourPixel(ReadOnlySpan<byte> part, ReadOnlySpan<int> weights, Span<byte> result)
    {
        for (int c = 0; c < 3; c++)
        {
            int sum = Half;
            for (int k = 0; k < weights.Length; k++)
                sum += part[(3 * k) + c] * weights[k];
            result[c] = Clamp(sum);
        }
    }

    /// <summary>The weights of each target in pairs, each weight w as (w &gt;&gt; 11, w and 2047), so that products of 16 bits are exact.</summary>
    private sealed class TapPairs
    {
        public const int LowBits = 11;

        public TapPairs(in ResampleWeights weights, int count)
        {
            int most = 0;
            for (int x = 0; x < count; x++)
            {
                weights.Window(x, out var taps);
                most = Math.Max(most, (taps.Length + 1) / 2);
            }

            (Most, High, Low) = (most, new int[count * most], new int[count * most]);
            for (int x = 0; x < count; x++)
            {
                weights.Window(x, out var taps);
                for (int k = 0; k < taps.Length; k++)
                {
                    int at = (x * most) + (k / 2), shift = 16 * (k % 2);
                    High[at] |= (taps[k] >> LowBits & 0xFFFF) << shift;
                    Low[at] |= (taps[k] & ((1 << LowBits) - 1)) << shift;
                }
            }
        }

        public int Most { get; }

        public int[] High { get; }

        public int[] Low { get; }
    }

    // One row of the result from as many rows as there are weights, which lie one behind the other.
    private static void Blend(ReadOnlySpan<byte> rows, ReadOnlySpan<int> weights, Span<byte> result)
    {
        int length = result.Length, x = 0;
        var top = new Vector<int>(byte.MaxValue);
        for (; x <= length - Vector<byte>.Count; x += Vector<byte>.Count)
        {
            Vector<int> a = new(Half), b = a, c = a, d = a;
            for (int k = 0; k < weights.Length; k++)
            {
                Vector.Widen(new Vector<byte>(rows[(k * length + x)..]), out var low, out var high);
                Vector.Widen(low, out var p, out var q);
                Vector.Widen(high, out var r, out var s);
                var weight = new Vector<int>(weights[k]);
                a += Vector.AsVectorInt32(p) * weight;
                b += Vector.AsVectorInt32(q) * weight;
                c += Vector.AsVectorInt32(r) * weight;
                d += Vector.AsVectorInt32(s) * weight;
            }

            Vector<uint> Bytes(Vector<int> sum) =>
                Vector.AsVectorUInt32(Vector.Min(Vector.Max(Vector.ShiftRightArithmetic(sum, ResampleWeights.Bits), Vector<int>.Zero), top));
            Vector.Narrow(Vector.Narrow(Bytes(a), Bytes(b)), Vector.Narrow(Bytes(c), Bytes(d))).CopyTo(result[x..]);
        }

        for (; x < length; x++)
        {
            int sum = Half;
            for (int k = 0; k < weights.Length; k++)
                sum += rows[k * length + x] * weights[k];
            result[x] = Clamp(sum);
        }
    }

    private static byte Clamp(int sum) => (byte)Math.Clamp(sum >> ResampleWeights.Bits, 0, byte.MaxValue);

    private static void Nearest(ReadOnlySpan<byte> source, int stride, int channels, CropBox box, (int Height, int Width) size, CropBox kept, Span<byte> result)
    {
        int[] rows = Positions(box.Height, size.Height), columns = Positions(box.Width, size.Width);
        int to = 0;
        for (int y = kept.Top; y < kept.Top + kept.Height; y++)
        {
            var row = source[(rows[y] * stride)..];
            for (int x = kept.Left; x < kept.Left + kept.Width; x++, to += channels)
                row.Slice(columns[x] * channels, channels).CopyTo(result[to..]);
        }
    }

    // Pillow adds the step up, which rounds otherwise than a product does.
    private static int[] Positions(int sources, int targets)
    {
        var positions = new int[targets];
        double step = (double)sources / targets, at = step * 0.5;
        for (int i = 0; i < targets; i++, at += step)
            positions[i] = Math.Min((int)at, sources - 1);
        return positions;
    }
}
