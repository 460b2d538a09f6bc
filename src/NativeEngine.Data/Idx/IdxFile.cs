using System.Buffers.Binary;
using System.IO.Compression;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// Reads one IDX file of unsigned bytes, plain or gzip (recognised by its first bytes, not by its name). Format: two zero
/// bytes, the element type (8 = unsigned byte), the number of dimensions, the extents as big-endian 32-bit numbers, the data
/// (Y. LeCun, C. Cortes, "The MNIST database of handwritten digits").
/// </summary>
public sealed class IdxFile
{
    private const int MaxHeader = 16;
    private const int FirstRead = 1 << 20;

    private readonly byte[] _header;

    private IdxFile(byte[] header, int[] extents, byte[] data) => (_header, Extents, Data) = (header, extents, data);

    /// <summary>The extents: [N] for labels, [N, H, W] for images.</summary>
    public IReadOnlyList<int> Extents { get; }

    /// <summary>The elements in row-major order.</summary>
    public byte[] Data { get; }

    /// <summary>
    /// Reads a whole file and checks magic number, sizes and (for gzip) checksum. Memory grows with what the file really
    /// holds, never with what its header claims.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="rank">Number of dimensions it must have: 1 for labels, 3 for images.</param>
    /// <exception cref="DataException">The file is missing, damaged or something else.</exception>
    public static IdxFile Read(string path, int rank)
    {
        try
        {
            NamedPipe.Refuse(path);
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            if (!IsGzip(file))
                return Parse(path, rank, file, file.Length);
            var trailer = ReadTrailer(path, file);
            using var unzipped = new GZipStream(file, CompressionMode.Decompress);
            var idx = Parse(path, rank, unzipped, long.MaxValue);
            idx.VerifyTrailer(path, trailer);
            return idx;
        }
        catch (InvalidDataException e)
        {
            throw new DataException($"{path}: damaged gzip data ({e.Message.TrimEnd('.')})", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be read ({e.Message.TrimEnd('.')})", e);
        }
    }

    private static bool IsGzip(FileStream file)
    {
        Span<byte> first = stackalloc byte[2];
        int got = file.ReadAtLeast(first, 2, throwOnEndOfStream: false);
        file.Position = 0;
        return got == 2 && first[0] == 0x1f && first[1] == 0x8b;
    }

    private static (uint Crc, uint Size) ReadTrailer(string path, FileStream file)
    {
        if (file.Length < 18) // 10 bytes of header and 8 of trailer at the very least
            throw new DataException($"{path}: truncated gzip file of {file.Length} bytes");
        Span<byte> trailer = stackalloc byte[8];
        file.Position = file.Length - trailer.Length;
        file.ReadExactly(trailer);
        file.Position = 0;
        return (BinaryPrimitives.ReadUInt32LittleEndian(trailer), BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]));
    }

    // GZipStream does not object when the file ends inside the trailer, so the trailer is compared here, too.
    private void VerifyTrailer(string path, (uint Crc, uint Size) trailer)
    {
        uint crc = Crc32.Append(Crc32.Append(0, _header), Data);
        if (trailer != (crc, (uint)(_header.Length + Data.Length)))
            throw new DataException($"{path}: truncated or damaged gzip data: checksum {crc:x8} and length {_header.Length + Data.Length} differ from the "
                + "file's last 8 bytes");
    }

    private static IdxFile Parse(string path, int rank, Stream stream, long length)
    {
        Span<byte> header = stackalloc byte[MaxHeader];
        int headerBytes = 4 + 4 * rank;
        header = header[..headerBytes];
        int got = stream.ReadAtLeast(header, headerBytes, throwOnEndOfStream: false);
        if (got == 0)
            throw new DataException($"{path}: the file is empty, expected IDX data");
        if (got >= 4)
            CheckMagic(path, rank, BinaryPrimitives.ReadUInt32BigEndian(header));
        if (got < headerBytes)
            throw new DataException($"{path}: truncated in its header: {got} bytes, expected {headerBytes}");
        var extents = new int[rank];
        long count = 1;
        for (int i = 0; i < rank; i++)
        {
            uint extent = BinaryPrimitives.ReadUInt32BigEndian(header[(4 + 4 * i)..]);
            if (extent > int.MaxValue)
                throw new DataException($"{path}: extent {extent} in the header is not plausible");
            extents[i] = (int)extent;
            count *= extents[i];
            if (count > Array.MaxLength)
                throw new DataException($"{path}: the header claims more than {Array.MaxLength} bytes of data");
        }

        string shape = $"[{string.Join(',', extents)}]";
        if (count == 0)
            throw new DataException($"{path}: no data: the header says {shape}");
        if (length != long.MaxValue && length != headerBytes + count)
            throw new DataException($"{path}: {length} bytes, expected {headerBytes + count} for "
                + $"{shape}{(length < headerBytes + count ? ": truncated" : ": data after the end")}");
        var data = ReadGrowing(stream, (int)count);
        if (data.Length < count)
            throw new DataException($"{path}: truncated: {data.Length} bytes of data, expected {count} for {shape}");
        if (stream.ReadByte() >= 0)
            throw new DataException($"{path}: data after the end: expected {count} bytes for {shape}");
        return new IdxFile(header.ToArray(), extents, data);
    }

    private static void CheckMagic(string path, int rank, uint magic)
    {
        uint expected = 0x0800 | (uint)rank;
        if (magic == expected)
            return;
        string what = (magic >> 16) != 0 ? "not an IDX file"
            : ((magic >> 8) & 0xff) != 8 ? $"element type 0x{(magic >> 8) & 0xff:x2} is not unsigned byte"
            : $"{magic & 0xff} dimensions, expected {rank}";
        throw new DataException($"{path}: wrong magic number 0x{magic:x8}, expected 0x{expected:x8} ({what})");
    }

    private static byte[] ReadGrowing(Stream stream, int count)
    {
        var data = new byte[Math.Min(count, FirstRead)];
        int filled = 0;
        while (true)
        {
            int got = stream.ReadAtLeast(data.AsSpan(filled), data.Length - filled, throwOnEndOfStream: false);
            filled += got;
            if (filled == count)
                return data;
            if (filled < data.Length)
                return data[..filled];
            Array.Resize(ref data, (int)Math.Min(count, 2L * data.Length));
        }
    }
}
