using System.Runtime.InteropServices;

namespace NativeEngine.Core;

/// <summary>Host-side conversion between logical row-major order and the engine's memory order, and between element types.</summary>
internal static class HostConvert
{
    /// <summary>Row-major values to the engine's memory order: [N, C, H, W] to N, H, W, C; other ranks are unchanged and not copied.</summary>
    public static ReadOnlySpan<T> ToDense<T>(ReadOnlySpan<T> values, Shape shape) where T : unmanaged =>
        shape.IsRowMajor ? values : Transpose(values, shape[0], shape[1], shape[2] * shape[3]);

    /// <summary>The engine's memory order back to row-major.</summary>
    public static T[] ToRowMajor<T>(T[] values, Shape shape) where T : unmanaged
    {
        if (shape.IsRowMajor)
            return values;
        return Transpose<T>(values, shape[0], shape[2] * shape[3], shape[1]);
    }

    /// <summary>True when elements of <paramref name="dtype"/> are values of <typeparamref name="T"/>, so that bytes need no conversion.</summary>
    public static bool Holds<T>(DType dtype) where T : unmanaged =>
        typeof(T) == dtype switch
        {
            DType.Float32 => typeof(float),
            DType.Float64 => typeof(double),
            DType.Int32 => typeof(int),
            DType.Int64 => typeof(long),
            _ => typeof(byte)
        };

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

    /// <summary>Values as elements of a type; the same bytes, not copied, when nothing is to be converted.</summary>
    public static ReadOnlySpan<byte> ToBytes<T>(ReadOnlySpan<T> values, DType dtype) where T : unmanaged => dtype switch
    {
        _ when Holds<T>(dtype) => MemoryMarshal.AsBytes(values),
        DType.Float32 => Bytes<T, float>(values),
        DType.Float64 => Bytes<T, double>(values),
        DType.Int32 => Bytes<T, int>(values),
        DType.Int64 => Bytes<T, long>(values),
        _ => Bytes<T, byte>(values),
    };

    /// <summary>Elements of a type converted to values.</summary>
    public static T[] FromBytes<T>(byte[] bytes, DType dtype) where T : unmanaged => dtype switch
    {
        DType.Float32 => Convert<float, T>(MemoryMarshal.Cast<byte, float>(bytes)),
        DType.Float64 => Convert<double, T>(MemoryMarshal.Cast<byte, double>(bytes)),
        DType.Int32 => Convert<int, T>(MemoryMarshal.Cast<byte, int>(bytes)),
        DType.Int64 => Convert<long, T>(MemoryMarshal.Cast<byte, long>(bytes)),
        _ => Convert<byte, T>(bytes),
    };

    private static ReadOnlySpan<byte> Bytes<TFrom, TTo>(ReadOnlySpan<TFrom> values) where TFrom : unmanaged where TTo : unmanaged =>
        MemoryMarshal.AsBytes<TTo>(Convert<TFrom, TTo>(values));

    private static TTo[] Convert<TFrom, TTo>(ReadOnlySpan<TFrom> values) where TFrom : unmanaged where TTo : unmanaged
    {
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
