using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>A tensor on the host as files hold it: little-endian elements in row-major order of the logical shape.</summary>
public sealed class HostTensor
{
    /// <summary>Wraps bytes that are already in file order.</summary>
    public HostTensor(WeightType type, IReadOnlyList<int> shape, ReadOnlyMemory<byte> bytes)
    {
        Type = type;
        Shape = [.. shape];
        Bytes = bytes;
        if (Count * type.Size() != bytes.Length)
            throw new ArgumentException($"{type} [{string.Join(',', Shape)}] takes {Count * type.Size()} bytes, got {bytes.Length}", nameof(bytes));
    }

    /// <summary>Element type.</summary>
    public WeightType Type { get; }

    /// <summary>Logical extents: [N, C, H, W], filters [K, C, R, S], matrices [out, in].</summary>
    public int[] Shape { get; }

    /// <summary>The elements.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, extent) => checked(product * extent));

    /// <summary>A copy of a device tensor. Waits for the device.</summary>
    public static HostTensor From(Tensor tensor)
    {
        var type = WeightTypes.Of(tensor.DType);
        var shape = tensor.Shape.ToArray();
        return type switch
        {
            WeightType.F32 => new(type, shape, AsBytes<float>(tensor.ToArray<float>())),
            WeightType.F64 => new(type, shape, AsBytes<double>(tensor.ToArray<double>())),
            WeightType.I32 => new(type, shape, AsBytes<int>(tensor.ToArray<int>())),
            WeightType.I64 => new(type, shape, AsBytes<long>(tensor.ToArray<long>())),
            _ => new(type, shape, tensor.ToArray<byte>()),
        };
    }

    /// <summary>A float tensor from values in row-major order.</summary>
    public static HostTensor From(ReadOnlySpan<float> values, params int[] shape) => new(WeightType.F32, shape, AsBytes(values));

    /// <summary>A double tensor from values in row-major order.</summary>
    public static HostTensor From(ReadOnlySpan<double> values, params int[] shape) => new(WeightType.F64, shape, AsBytes(values));

    /// <summary>An integer tensor from values in row-major order.</summary>
    public static HostTensor From(ReadOnlySpan<long> values, params int[] shape) => new(WeightType.I64, shape, AsBytes(values));

    /// <summary>The elements as floats; doubles are rounded, halves widened, integers converted.</summary>
    public float[] ToFloats()
    {
        if (Type == WeightType.F32)
            return MemoryMarshal.Cast<byte, float>(Bytes.Span).ToArray();
        var bytes = Bytes.Span;
        int size = Type.Size();
        var values = new float[Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)Number(bytes.Slice(i * size, size));
        return values;
    }

    /// <summary>The elements as doubles.</summary>
    public double[] ToDoubles()
    {
        var bytes = Bytes.Span;
        int size = Type.Size();
        var values = new double[Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = Number(bytes.Slice(i * size, size));
        return values;
    }

    /// <summary>The elements as integers; floats are cut toward zero.</summary>
    public long[] ToLongs()
    {
        if (Type.IsFloat())
            return Array.ConvertAll(ToDoubles(), v => (long)v);
        var bytes = Bytes.Span;
        int size = Type.Size();
        var values = new long[Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = Integer(bytes.Slice(i * size, size));
        return values;
    }

    /// <summary>This tensor with its elements converted to 32-bit floats.</summary>
    public HostTensor AsF32() => Type == WeightType.F32 ? this : From(ToFloats(), Shape);

    /// <summary>This tensor with its elements as another type of float, rounded to nearest, ties to even; doubles become halves by way of floats, as in
    /// PyTorch.</summary>
    /// <exception cref="OverflowException">A number is beyond the largest of that type; NaN and infinities stay what they are.</exception>
    public HostTensor To(WeightType type)
    {
        if (Type == type)
            return this;
        var source = Bytes.Span;
        int size = Type.Size(), width = type.Size();
        var bytes = new byte[Count * width];
        var converted = new HostTensor(type, Shape, bytes);
        for (int i = 0; i < bytes.Length / width; i++)
        {
            double value = Number(source.Slice(i * size, size));
            var target = bytes.AsSpan(i * width, width);
            WriteFloat(target, type, value);
            if (double.IsFinite(value) && !double.IsFinite(converted.Number(target)))
                throw new OverflowException(string.Create(CultureInfo.InvariantCulture, $"element {i} is {value:g6}, beyond the largest {type}"));
        }

        return converted;
    }

    private static void WriteFloat(Span<byte> target, WeightType type, double value)
    {
        switch (type)
        {
            case WeightType.F64:
                BinaryPrimitives.WriteDoubleLittleEndian(target, value);
                break;
            case WeightType.F32:
                BinaryPrimitives.WriteSingleLittleEndian(target, (float)value);
                break;
            case WeightType.F16:
                BinaryPrimitives.WriteHalfLittleEndian(target, (Half)(float)value);
                break;
            case WeightType.BF16:
                uint bits = BitConverter.SingleToUInt32Bits((float)value);
                // Half of the last place is added, one less where that place is even; a NaN would lose its bits or overflow.
                BinaryPrimitives.WriteUInt16LittleEndian(target, double.IsNaN(value) ? (ushort)0x7fc0 : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16));
                break;
            default:
                throw new ArgumentException($"{type} is no type of float", nameof(type));
        }
    }

    /// <summary>Overwrites a device tensor of the same shape, converting the elements.</summary>
    public void CopyTo(Tensor tensor)
    {
        if (!Shape.AsSpan().SequenceEqual(tensor.Shape.AsSpan()))
            throw new ShapeException("load", $"tensor {tensor.Shape} cannot take values [{string.Join(',', Shape)}]");
        if (tensor.DType == DType.Float32)
            tensor.CopyFrom(Type == WeightType.F32 ? MemoryMarshal.Cast<byte, float>(Bytes.Span) : ToFloats());
        else if (tensor.DType == DType.Float64)
            tensor.CopyFrom<double>(ToDoubles());
        else
            tensor.CopyFrom<long>(ToLongs());
    }

    private double Number(ReadOnlySpan<byte> e) => Type switch
    {
        WeightType.F64 => BinaryPrimitives.ReadDoubleLittleEndian(e),
        WeightType.F32 => BinaryPrimitives.ReadSingleLittleEndian(e),
        WeightType.F16 => (double)BinaryPrimitives.ReadHalfLittleEndian(e),
        WeightType.BF16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(e) << 16),
        _ => Integer(e),
    };

    private long Integer(ReadOnlySpan<byte> e) => Type switch
    {
        WeightType.I64 => BinaryPrimitives.ReadInt64LittleEndian(e),
        WeightType.I32 => BinaryPrimitives.ReadInt32LittleEndian(e),
        WeightType.I16 => BinaryPrimitives.ReadInt16LittleEndian(e),
        WeightType.I8 => (sbyte)e[0],
        _ => e[0],
    };

    private static byte[] AsBytes<T>(ReadOnlySpan<T> values) where T : unmanaged => MemoryMarshal.AsBytes(values).ToArray();
}
