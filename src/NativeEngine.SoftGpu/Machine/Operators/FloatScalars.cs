namespace NativeEngine.SoftGpu;

/// <summary>float32 numbers one at a time.</summary>
internal static class Float32
{
    public const uint CanonicalNaN = 0x7FFF_FFFF;

    public static uint ToBits(float value) => float.IsNaN(value) ? CanonicalNaN : BitConverter.SingleToUInt32Bits(value);

    public static float FlushScalar(float x) => float.IsSubnormal(x) ? MathF.CopySign(0f, x) : x;
}

/// <summary>float64 numbers one at a time.</summary>
internal static class Float64
{
    public const ulong CanonicalNaN = 0x7FFF_FFFF_FFFF_FFFF;

    public static ulong ToBits(double value) => double.IsNaN(value) ? CanonicalNaN : BitConverter.DoubleToUInt64Bits(value);
}
