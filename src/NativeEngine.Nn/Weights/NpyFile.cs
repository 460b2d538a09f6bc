using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>NumPy's .npy format: a magic, a header that is a Python dictionary padded to 64 bytes, and the elements. Reads versions 1 to 3, writes
/// 1.0.</summary>
public static class NpyFile
{
    private const int Alignment = 64, Prefix = 10; // magic, version and the header's length
    private const int LongestHeader = 10_000; // NumPy's own limit

    private static readonly byte[] Magic = [0x93, .. "NUMPY"u8];

    /// <summary>True for the first bytes of a .npy file.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> file) => file.StartsWith(Magic);

    /// <summary>Writes an array through a temporary name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="array">Its numbers.</param>
    public static void Write(string path, NpyArray array)
    {
        string order = array.ElementSize == 1 ? "|" : "<", extents = string.Join(", ", array.Shape) + (array.Shape.Count == 1 ? "," : "");
        AtomicFile.Write(path, stream =>
        {
            stream.Write(Header($"{{'descr': '{order}{array.Type}', 'fortran_order': False, 'shape': ({extents}), }}", 0));
            stream.Write(array.Data);
        });
    }

    /// <summary>The array in the bytes of a file: bool, signed and unsigned integers of 8 to 64 bits, floats of 16 to 64 bits.</summary>
    /// <param name="file">All bytes.</param>
    /// <param name="path">The file's name, for errors.</param>
    /// <exception cref="DataException">The bytes are not those of numbers in this format, whole and nothing more.</exception>
    public static NpyArray Parse(ReadOnlySpan<byte> file, string path)
    {
        if (!Recognizes(file))
        {
            string what = file.StartsWith("PK"u8) ? "is an archive of arrays (.npz), expected one array as np.save writes it"
                : "is no .npy file: it does not begin with \\x93NUMPY";
            throw new DataException($"{path} {what}");
        }

        if (file.Length < Prefix || file[6] is < 1 or > 3)
            throw new DataException(file.Length < Prefix ? $"{path} is truncated in its header"
                : $"{path} has version {file[6]} of the .npy format, expected 1 to 3");
        int start = file[6] == 1 ? Prefix : Prefix + 2;
        long length = file.Length < start ? -1 : file[6] == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(file[8..])
            : BinaryPrimitives.ReadUInt32LittleEndian(file[8..]);
        if (length > LongestHeader)
            throw new DataException($"{path} has a header of {length} bytes, expected at most {LongestHeader}");
        if (length < 0 || start + length > file.Length)
            throw new DataException($"{path} is truncated in its header");
        var header = NpyHeader.Parse(Encoding.UTF8.GetString(file.Slice(start, (int)length)), path);
        return header.Read(file[(start + (int)length)..], path);
    }

    /// <summary>Writes a matrix of 32-bit floats through a temporary name, batch of rows by batch of rows, so that it never lies in memory as a
    /// whole.</summary>
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
    private static byte[] Header(long rows, int columns) =>
        Header(string.Create(CultureInfo.InvariantCulture, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}"), 96);

    private static byte[] Header(string text, int shortest)
    {
        int length = (Prefix + Math.Max(text.Length, shortest) + 1 + Alignment - 1) / Alignment * Alignment - Prefix;
        return [.. Magic, 1, 0, (byte)length, (byte)(length >> 8), .. Encoding.ASCII.GetBytes(text.PadRight(length - 1) + "\n")];
    }
}
