namespace NativeEngine.Nn;

/// <summary>An array of a .npy file: its elements in row-major order and little-endian bytes, whatever the file's order was.</summary>
/// <param name="Type">NumPy's kind and size of an element without its byte order: <c>f4</c>, <c>i8</c>, <c>u1</c>, <c>b1</c>.</param>
/// <param name="Shape">Extents; none for a scalar.</param>
/// <param name="Data">The elements.</param>
public sealed record NpyArray(string Type, IReadOnlyList<long> Shape, byte[] Data)
{
    /// <summary>Number of elements.</summary>
    public int Count => Data.Length / ElementSize;

    /// <summary>Bytes of an element.</summary>
    public int ElementSize => Type[1] - '0';

    /// <summary>The type's name in NumPy: <c>float32</c>.</summary>
    public string TypeName => Type[0] switch
    {
        'f' => $"float{8 * ElementSize}",
        'i' => $"int{8 * ElementSize}",
        'u' => $"uint{8 * ElementSize}",
        _ => "bool",
    };
}
