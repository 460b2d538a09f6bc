namespace NativeEngine.SoftGpu;

internal enum DirectedOperation
{
    Add,
    Subtract,
    Multiply,
    Fma,
    Divide,
    Reciprocal,
    SquareRoot,
}

/// <summary>float32 arithmetic with rz, rm or rp: rare, so one function lane by lane serves all of it.</summary>
internal static unsafe class DirectedFloat
{
    /// <summary>Packs what <see cref="Run"/> needs into <see cref="Op.N"/>.</summary>
    public static int Pack(DirectedOperation operation, RoundingMode mode, bool ftz, bool sat) =>
        (int)operation | (int)mode << 4 | (ftz ? 1 << 8 : 0) | (sat ? 1 << 9 : 0);

    public static void Run(Op* o, Warp w, byte* r, uint mask)
    {
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = System.Numerics.BitOperations.TrailingZeroCount(rest);
            float b = o->B >= 0 ? ((float*)(r + o->B))[lane] : 0;
            float c = o->C >= 0 ? ((float*)(r + o->C))[lane] : 0;
            ((uint*)(r + o->D))[lane] = Evaluate(o->N, ((float*)(r + o->A))[lane], b, c);
        }
    }

    public static uint Evaluate(int packed, float a, float b, float c)
    {
        var mode = (RoundingMode)(packed >> 4 & 15);
        bool ftz = (packed & 1 << 8) != 0, sat = (packed & 1 << 9) != 0;
        if (ftz)
            (a, b, c) = (Float32.FlushScalar(a), Float32.FlushScalar(b), Float32.FlushScalar(c));
        float result = (DirectedOperation)(packed & 15) switch
        {
            DirectedOperation.Add => Rounding.Add(a, b, mode),
            DirectedOperation.Subtract => Rounding.Add(a, -b, mode),
            DirectedOperation.Multiply => Rounding.Multiply(a, b, mode),
            DirectedOperation.Fma => Rounding.Fma(a, b, c, mode),
            DirectedOperation.Divide => Rounding.Divide(a, b, mode),
            DirectedOperation.Reciprocal => Rounding.Divide(1, a, mode),
            _ => Rounding.Sqrt(a, mode),
        };
        if (ftz)
            result = Float32.FlushScalar(result);
        if (sat)
            result = result > 0 ? Math.Min(result, 1f) : 0f;
        return Float32.ToBits(result);
    }
}
