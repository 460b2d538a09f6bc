using System.Runtime.InteropServices;

namespace NativeEngine.Core;

/// <summary>Host-side conversion between logical row-major order and the engine's memory order, and between element types.</summary>
internal static class HostConvert
{
    /// <summary>Row-major values to the engine's memory order: [N, C, H, W] to N, H, W, C; other ranks are unchanged.</summary>
    public static T[] ToDense<T>(ReadOnlySpan<T> values, Shape shape) where T : unmanaged
    {
        if (!Differs(shape))
            return values.ToArray();
        return Transpose(values, shape[0], shape[1], shape[2] * shape[3]);
    }

    /// <summary>The engine's memory order back to row-major.</summary>
    public static T[] ToRowMajor<T>(T[] values, Shape shape) where T : unmanaged
    {
        if (!Differs(shape))
            return values;
        return Transpose<T>(values, shape[0], shape[2] * shape[3], shape[1]);
    }

    private static bool Differs(Shape shape) => shape.Rank == 4 && shape[1] > 1 && (shape[2] > 1 || shape[3] > 1);

    private static T[] Transpose<T>(ReadOnlySpan<T> values, int blocks, int rows, int columns) where T : unmanaged
    {
        var result = new T[values.Length];
        int size = rows * columns;
        for (int b = 0; b < blocks; b++)
        {
            for (int r = 0; r < rows; r++)
            {
                for (int c = 0; c < columns; c++)
                    result[b * size + c * rows + r] = values[b * size + r * columns + c];
            }
        }

        return result;
    }

    public static byte[] ToBytes<T>(ReadOnlySpan<T> values, DType dtype) where T : unmanaged => dtype switch
    {
        DType.Float32 => Bytes<T, float>(values),
        DType.Float64 => Bytes<T, double>(values),
        DType.Int32 => Bytes<T, int>(values),
        DType.Int64 => Bytes<T, long>(values),
        _ => Bytes<T, byte>(values),
    };

    public static T[] FromBytes<T>(byte[] bytes, DType dtype) where T : unmanaged => dtype switch
    {
        DType.Float32 => Convert<float, T>(MemoryMarshal.Cast<byte, float>(bytes)),
        DType.Float64 => Convert<double, T>(MemoryMarshal.Cast<byte, double>(bytes)),
        DType.Int32 => Convert<int, T>(MemoryMarshal.Cast<byte, int>(bytes)),
        DType.Int64 => Convert<long, T>(MemoryMarshal.Cast<byte, long>(bytes)),
        _ => Convert<byte, T>(bytes),
    };

    private static byte[] Bytes<TFrom, TTo>(ReadOnlySpan<TFrom> values) where TFrom : unmanaged where TTo : unmanaged =>
        MemoryMarshal.AsBytes<TTo>(Convert<TFrom, TTo>(values)).ToArray();

    private static TTo[] Convert<TFrom, TTo>(ReadOnlySpan<TFrom> values) where TFrom : unmanaged where TTo : unmanaged
    {
        if (typeof(TFrom) == typeof(TTo))
            return MemoryMarshal.Cast<TFrom, TTo>(values).ToArray();
        var result = new TTo[values.Length];
        for (int i = 0; i < result.Length; i++)
            result[i] = Number<TTo>(Number(values[i]));
        return result;
    }

    private static double Number<T>(T value) where T : unmanaged => value switch
    {
        float v => v,
        double v => v,
        int v => v,
        long v => v,
        byte v => v,
        _ => throw new ArgumentException($"no element type for {typeof(T).Name}"),
    };

    private static T Number<T>(double value) where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            return (T)(object)(float)value;
        if (typeof(T) == typeof(double))
            return (T)(object)value;
        if (typeof(T) == typeof(int))
            return (T)(object)(int)value;
        if (typeof(T) == typeof(long))
            return (T)(object)(long)value;
        return (T)(object)(byte)value;
    }
}
