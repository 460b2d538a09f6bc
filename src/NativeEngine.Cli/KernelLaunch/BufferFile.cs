using NativeEngine.Core;
using NativeEngine.Nn;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.KernelLaunch;

/// <summary>Buffers as files: .npy arrays, and the bytes as they lie in memory under any other name.</summary>
internal static class BufferFile
{
    private const int LongestHeader = 1 << 16;

    /// <summary>The bytes for a buffer, and its shape. Numbers of another type are converted when the buffer's type holds each exactly.</summary>
    /// <exception cref="DataException">The file cannot be read or does not fit.</exception>
    public static (byte[] Bytes, int[] Shape) Read(string path, PtxType type, BufferText buffer)
    {
        var (data, from, shape) = Read(path, type);
        int count = data.Length / from.Size();
        if (buffer.Count > 0 && (count != buffer.Count || buffer.Shape.Length > 1 && shape.Length > 1 && !shape.SequenceEqual(buffer.Shape)))
            throw new DataException($"{path} holds {Describe(shape)}, the buffer {type.Spelling()}[{string.Join(",", buffer.Shape)}] has "
                + $"{Describe(buffer.Shape)}");
        if ((long)count * type.Size() > BufferText.MaximumBytes)
            throw new DataException($"{path} holds {count} elements, more than {BufferText.MaximumBytes} bytes of .{type.Spelling()}");
        return (ElementValue.Convert(data, from, type, path), buffer.Count > 0 ? buffer.Shape : shape);
    }

    /// <summary>The numbers of a file as they are. Bytes without a header are of <paramref name="raw"/>.</summary>
    /// <exception cref="DataException">The file cannot be read or holds no whole number of elements.</exception>
    public static (byte[] Data, PtxType Type, int[] Shape) Read(string path, PtxType raw)
    {
        byte[] file;
        try
        {
            file = SmallFile.ReadBytes(path, BufferText.MaximumBytes + LongestHeader);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException(FileProblem.Reading(path, e), e);
        }

        if (NpyFile.Recognizes(file) || IsNpy(path))
        {
            var array = NpyFile.Parse(file, path);
            return (array.Data, ElementValue.OfNumPy(array.Type),
                array.Shape.Count == 0 || array.Count == 0 ? [array.Count] : [.. array.Shape.Select(extent => checked((int)extent))]);
        }

        if (file.Length % raw.Size() != 0)
            throw new DataException($"{path} has {file.Length} bytes, expected a multiple of the {raw.Size()} of a .{raw.Spelling()}");
        return (file, raw, [file.Length / raw.Size()]);
    }

    /// <summary>Writes a buffer: an array under a name that ends in .npy, else its bytes.</summary>
    public static void Write(string path, PtxType type, int[] shape, byte[] bytes)
    {
        if (IsNpy(path))
            NpyFile.Write(path, new NpyArray(ElementValue.NumPyType(type), [.. shape.Select(extent => (long)extent)],
                type == PtxType.BF16 ? ElementValue.Convert(bytes, type, PtxType.F32, path) : bytes));
        else
            AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    private static bool IsNpy(string path) => path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase);

    private static string Describe(int[] shape) => shape.Length == 1 ? $"{shape[0]} elements" : $"the shape ({string.Join(", ", shape)})";
}
