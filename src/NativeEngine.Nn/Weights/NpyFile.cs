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
    /// <param name="columns">Length of a row.</param>
    /// <param name="batches">Each a row-major [n, columns]; how many rows they make is found out while writing.</param>
    /// <returns>Number of rows.</returns>
    public static long Write(string path, int columns, IEnumerable<float[]> batches)
    {
        long rows = 0;
        AtomicFile.Write(path, stream =>
        {
            stream.Write(Header(0, columns));
            foreach (var batch in batches)
            {
                if (batch.Length % columns != 0)
                    throw new ArgumentException($"{batch.Length} values in rows of {columns}", nameof(batches));
                stream.Write(MemoryMarshal.AsBytes<float>(batch));
                rows += batch.Length / columns;
            }

            stream.Position = 0;
            stream.Write(Header(rows, columns));
        });
        return rows;
    }

    // As long for every number of rows, so that it can be written again when that is known.
    private static byte[] Header(long rows, int columns)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
        const int longest = 96;
        int length = (Prefix + longest + 1 + Alignment - 1) / Alignment * Alignment - Prefix;
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)length, (byte)(length >> 8), .. Encoding.ASCII.GetBytes(text.PadRight(length - 1) + "\n")];
    }
}
