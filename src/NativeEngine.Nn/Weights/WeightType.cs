using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Element types of weight files, by their safetensors names.</summary>
public enum WeightType
{
    /// <summary>64-bit float.</summary>
    F64,

    /// <summary>32-bit float.</summary>
    F32,

    /// <summary>16-bit IEEE float.</summary>
    F16,

    /// <summary>The upper 16 bits of a 32-bit float.</summary>
    BF16,

    /// <summary>64-bit signed integer.</summary>
    I64,

    /// <summary>32-bit signed integer.</summary>
    I32,

    /// <summary>16-bit signed integer.</summary>
    I16,

    /// <summary>8-bit signed integer.</summary>
    I8,

    /// <summary>Unsigned byte.</summary>
    U8,

    /// <summary>One byte, 0 or 1.</summary>
    BOOL,
}

/// <summary>Facts about <see cref="WeightType"/>.</summary>
public static class WeightTypes
{
    /// <summary>Bytes per element.</summary>
    public static int Size(this WeightType type) => type switch
    {
        WeightType.F64 or WeightType.I64 => 8,
        WeightType.F32 or WeightType.I32 => 4,
        WeightType.F16 or WeightType.BF16 or WeightType.I16 => 2,
        _ => 1,
    };

    /// <summary>True for the types that are converted to the engine's float type.</summary>
    public static bool IsFloat(this WeightType type) => type is WeightType.F64 or WeightType.F32 or WeightType.F16 or WeightType.BF16;

    /// <summary>The file type of an engine type.</summary>
    public static WeightType Of(DType type) => type switch
    {
        DType.Float32 => WeightType.F32,
        DType.Float64 => WeightType.F64,
        DType.Int32 => WeightType.I32,
        DType.Int64 => WeightType.I64,
        _ => WeightType.U8,
    };
}
