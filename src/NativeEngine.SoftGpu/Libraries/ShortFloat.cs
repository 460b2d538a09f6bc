namespace NativeEngine.SoftGpu.Libraries;

/// <summary>Rounds float32 inputs to the shorter formats that tensor cores multiply in.</summary>
internal static class ShortFloat
{
    /// <summary>TF32: 8 exponent and 10 mantissa bits, round to nearest even; NaN and infinity stay.</summary>
    public static float ToTf32(float x) => DropBits(x, 13);

    /// <summary>bfloat16: 8 exponent and 7 mantissa bits, round to nearest even.</summary>
    public static float ToBFloat16(float x) => DropBits(x, 16);

    private static float DropBits(float x, int bits)
    {
        if (!float.IsFinite(x))
            return x;
        uint word = BitConverter.SingleToUInt32Bits(x);
        uint half = (1u << (bits - 1)) - 1 + ((word >> bits) & 1);
        return BitConverter.UInt32BitsToSingle((word + half) & ~((1u << bits) - 1));
    }
}
