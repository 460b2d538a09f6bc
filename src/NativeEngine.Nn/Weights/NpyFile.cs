using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace NativeEngine.Nn;

/// <summary>Writes NumPy's .npy format, version 1.0: a magic, a header that is a Python dictionary padded to 64 bytes, and the elements.</summary>
public static class NpyFile
{
    private const int Alignment = 64, Prefix = 10; // magic, version and the header's length

    /// <summary>Writes a matrix of 32-bit floats through a temporary name, batch of rows by batch of rows, so that it never lies in memory as a whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rows">Number of rows of all batches.</param>
    /// <param name="batches">Each a row-major [n, columns]; the rows add up to <paramref name="rows"/>.</param>
    /// <param name="columns">Length of a row.</param>
    public static void Write(string path, int rows, int columns, IEnumerable<float[]> batches) => AtomicFile.Write(path, stream =>
    {
        stream.Write(Header(rows, columns));
        long written = 0;
        foreach (var batch in batches)
        {
            stream.Write(MemoryMarshal.AsBytes<float>(batch));
            written += batch.Length;
        }

        if (written != (long)rows * columns)
            throw new ArgumentException($"{written} values for [{rows},{columns}]", nameof(batches));
    });

    private static byte[] Header(int rows, int columns)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
        int length = (Prefix + text.Length + 1 + Alignment - 1) / Alignment * Alignment - Prefix;
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)length, (byte)(length >> 8), .. Encoding.ASCII.GetBytes(text.PadRight(length - 1) + "\n")];
    }
}
