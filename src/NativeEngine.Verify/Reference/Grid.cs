using System.Runtime.InteropServices;
using NativeEngine.Core;

namespace NativeEngine.Verify;

/// <summary>
/// A tensor of the reference backend seen as numbers: <c>x[n, c, h, w]</c> by logical index whatever the memory layout, or
/// <c>x.At(i)</c> by position in memory for a dense tensor. Everything reads and writes as double.
/// </summary>
internal readonly struct Grid
{
    private readonly byte[] _data;
    private readonly DType _type;
    private readonly long[] _strides;
    private readonly long _offset;

    /// <summary>A dense tensor: what backends are given unless the contract says "any strides".</summary>
    public Grid(Tensor tensor)
        : this(tensor, anyStrides: false)
    {
    }

    private Grid(Tensor tensor, bool anyStrides)
    {
        if (!anyStrides && !tensor.IsDense)
            throw new InvalidOperationException($"reference backend: a strided view {tensor.Shape} was passed where the contract promises a dense tensor");
        _data = ((ReferenceBuffer)tensor.Buffer).Data;
        _type = tensor.DType;
        _strides = tensor.Strides.ToArray();
        _offset = tensor.Offset;
        Shape = tensor.Shape;
    }

    public Shape Shape { get; }

    /// <summary>A tensor that may be a view with any strides.</summary>
    public static Grid AnyStrides(Tensor tensor) => new(tensor, anyStrides: true);

    public double this[int i]
    {
        get => Read(_offset + i * _strides[0]);
        set => Write(_offset + i * _strides[0], value);
    }

    public double this[int i, int j]
    {
        get => Read(_offset + i * _strides[0] + j * _strides[1]);
        set => Write(_offset + i * _strides[0] + j * _strides[1], value);
    }

    public double this[int n, int c, int h, int w]
    {
        get => Read(_offset + n * _strides[0] + c * _strides[1] + h * _strides[2] + w * _strides[3]);
        set => Write(_offset + n * _strides[0] + c * _strides[1] + h * _strides[2] + w * _strides[3], value);
    }

    public double this[int[] index]
    {
        get => Read(Place(index));
        set => Write(Place(index), value);
    }

    /// <summary>The only element of a tensor with one element.</summary>
    public double Value
    {
        get => Read(_offset);
        set => Write(_offset, value);
    }

    /// <summary>Element <paramref name="i"/> in memory order of a dense tensor.</summary>
    public double At(long i) => Read(_offset + i);

    /// <summary>Sets element <paramref name="i"/> in memory order of a dense tensor.</summary>
    public void Set(long i, double value) => Write(_offset + i, value);

    /// <summary>Adds to element <paramref name="i"/> in memory order of a dense tensor.</summary>
    public void Add(long i, double value) => Write(_offset + i, Read(_offset + i) + value);

    /// <summary>All logical indices of <paramref name="shape"/> in row-major order. The array is reused: copy it to keep it.</summary>
    public static IEnumerable<int[]> Indices(Shape shape)
    {
        if (shape.Count == 0)
            yield break;
        var extents = shape.ToArray();
        var index = new int[extents.Length];
        while (true)
        {
            yield return index;
            int axis = extents.Length - 1;
            while (axis >= 0 && ++index[axis] == extents[axis])
                index[axis--] = 0;
            if (axis < 0)
                yield break;
        }
    }

    private long Place(int[] index)
    {
        long place = _offset;
        for (int i = 0; i < index.Length; i++)
            place += index[i] * _strides[i];
        return place;
    }

    private double Read(long i) => _type switch
    {
        DType.Float64 => MemoryMarshal.Cast<byte, double>(_data.AsSpan())[(int)i],
        DType.Float32 => MemoryMarshal.Cast<byte, float>(_data.AsSpan())[(int)i],
        DType.Int32 => MemoryMarshal.Cast<byte, int>(_data.AsSpan())[(int)i],
        DType.Int64 => MemoryMarshal.Cast<byte, long>(_data.AsSpan())[(int)i],
        _ => _data[i],
    };

    private void Write(long i, double value)
    {
        switch (_type)
        {
            case DType.Float64:
                MemoryMarshal.Cast<byte, double>(_data.AsSpan())[(int)i] = value;
                break;
            case DType.Float32:
                MemoryMarshal.Cast<byte, float>(_data.AsSpan())[(int)i] = (float)value;
                break;
            case DType.Int32:
                MemoryMarshal.Cast<byte, int>(_data.AsSpan())[(int)i] = (int)value;
                break;
            case DType.Int64:
                MemoryMarshal.Cast<byte, long>(_data.AsSpan())[(int)i] = (long)value;
                break;
            default:
                _data[i] = (byte)value;
                break;
        }
    }
}
