using System.Buffers.Binary;

namespace NativeEngine.Data;

/// <summary>Of BMP files with 16 bits a pixel the libraries repeat a value's upper bits below it; Pillow stretches 5 and 6 bits to 255 v / 31 and 255 v / 63,
/// rounded down.</summary>
internal static class BmpLevels
{
    private const int BitsAt = 28, CompressionAt = 30, MasksAt = 54;
    private const uint Masked = 3;

    /// <summary>Makes the levels of RGBA Pillow's; other files stay as they are.</summary>
    public static void Stretch(Span<byte> pixels, ReadOnlySpan<byte> file)
    {
        if (file.Length < MasksAt + 12 || BinaryPrimitives.ReadUInt16LittleEndian(file[BitsAt..]) != 16)
            return;
        bool sixGreen = BinaryPrimitives.ReadUInt32LittleEndian(file[CompressionAt..]) == Masked
            && BinaryPrimitives.ReadUInt32LittleEndian(file[(MasksAt + 4)..]) == 0x7e0;
        for (int i = 0; i < pixels.Length; i += 4)
        {
            pixels[i] = (byte)((pixels[i] >> 3) * 255 / 31);
            pixels[i + 1] = sixGreen ? (byte)((pixels[i + 1] >> 2) * 255 / 63) : (byte)((pixels[i + 1] >> 3) * 255 / 31);
            pixels[i + 2] = (byte)((pixels[i + 2] >> 3) * 255 / 31);
        }
    }
}
