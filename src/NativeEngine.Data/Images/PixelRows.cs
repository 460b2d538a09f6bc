using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.Data;

/// <summary>Conversions between layouts of pixels, with Pillow's arithmetic.</summary>
internal static class PixelRows
{
    /// <summary>RGB to grey: (19595 R + 38470 G + 7471 B + 2^15) / 2^16, rounded down.</summary>
    public static void Grey(ReadOnlySpan<byte> colour, Span<byte> grey)
    {
        for (int i = 0, from = 0; i < grey.Length; i++, from += 3)
            grey[i] = (byte)((19595 * colour[from] + 38470 * colour[from + 1] + 7471 * colour[from + 2] + 0x8000) >> 16);
    }

    /// <summary>Grey to RGB.</summary>
    public static void Repeat(ReadOnlySpan<byte> grey, Span<byte> colour)
    {
        for (int i = 0; i < grey.Length; i++)
            colour.Slice(3 * i, 3).Fill(grey[i]);
    }

    /// <summary>RGBA to RGB in place: the front three quarters of the buffer are the result.</summary>
    public static void DropAlpha(Span<byte> pixels)
    {
        var order = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15, 15, 15, 15);
        int from = 0, to = 0;
        for (; from <= pixels.Length - 16; from += 16, to += 12) // writes 16 bytes, of which none lies behind those just read
            Vector128.Shuffle(Vector128.Create<byte>(pixels.Slice(from, 16)), order).CopyTo(pixels[to..]);
        for (; from < pixels.Length; from += 4, to += 3)
            pixels.Slice(from, 3).CopyTo(pixels[to..]);
    }

    /// <summary>True when a pixel of RGBA is not opaque.</summary>
    public static bool IsTransparent(ReadOnlySpan<byte> pixels)
    {
        foreach (uint pixel in MemoryMarshal.Cast<byte, uint>(pixels))
        {
            if (pixel >> 24 != 255)
                return true;
        }

        return false;
    }

    /// <summary>Lays RGBA over a colour as Pillow's paste does: (c a + b (255 - a)) / 255, rounded to the nearest.</summary>
    public static void Compose(Span<byte> pixels, Background background)
    {
        for (int i = 0; i < pixels.Length; i += 4)
        {
            var pixel = pixels.Slice(i, 4);
            int alpha = pixel[3];
            if (alpha == 255)
                continue;
            pixel[0] = Mix(pixel[0], background.Red, alpha);
            pixel[1] = Mix(pixel[1], background.Green, alpha);
            pixel[2] = Mix(pixel[2], background.Blue, alpha);
        }
    }

    /// <summary>Gives the transparent pixels of RGBA a colour.</summary>
    public static void Fill(Span<byte> pixels, Background colour)
    {
        for (int i = 0; i < pixels.Length; i += 4)
        {
            if (pixels[i + 3] == 0)
                (pixels[i], pixels[i + 1], pixels[i + 2]) = (colour.Red, colour.Green, colour.Blue);
        }
    }

    private static byte Mix(int front, int back, int alpha)
    {
        int sum = front * alpha + back * (255 - alpha) + 128;
        return (byte)(((sum >> 8) + sum) >> 8);
    }
}
