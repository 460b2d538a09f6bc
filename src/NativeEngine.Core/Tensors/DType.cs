namespace NativeEngine.Core;

/// <summary>Element type of a tensor.</summary>
public enum DType
{
    /// <summary>32-bit float: the type models are trained in.</summary>
    Float32,

    /// <summary>64-bit float: only the reference backend computes in it.</summary>
    Float64,

    /// <summary>32-bit signed integer: class ids and indices.</summary>
    Int32,

    /// <summary>64-bit signed integer: counters and class ids in files.</summary>
    Int64,

    /// <summary>Unsigned byte: pixels.</summary>
    UInt8,
}

/// <summary>Facts about <see cref="DType"/>.</summary>
public static class DTypes
{
    /// <summary>Bytes per element.</summary>
    public static int Size(this DType type) => type switch
    {
        DType.Float32 or DType.Int32 => 4,
        DType.Float64 or DType.Int64 => 8,
        DType.UInt8 => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "unknown element type"),
    };

    /// <summary>True for the types gradients exist for.</summary>
    public static bool IsFloat(this DType type) => type is DType.Float32 or DType.Float64;

    /// <summary>The element type of the .NET type <typeparamref name="T"/>.</summary>
    public static DType Of<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? DType.Float32
        : typeof(T) == typeof(double) ? DType.Float64
        : typeof(T) == typeof(int) ? DType.Int32
        : typeof(T) == typeof(long) ? DType.Int64
        : typeof(T) == typeof(byte) ? DType.UInt8
        : throw new ArgumentException($"no element type for {typeof(T).Name}");
}
