namespace NativeEngine.Cpu.Simd;

/// <summary>
/// The operations that kernels written once for all vector widths use. A kernel is a generic method over (TOps, TVector); the JIT makes
/// one specialised body per width and every call below is one instruction in it.
/// </summary>
internal unsafe interface IVectorOps<TVector> where TVector : struct
{
    /// <summary>Floats per vector.</summary>
    static abstract int Width { get; }

    static abstract TVector Zero { get; }

    static abstract TVector Create(float value);

    static abstract TVector Load(float* source);

    static abstract void Store(TVector value, float* target);

    static abstract TVector Add(TVector x, TVector y);

    static abstract TVector Subtract(TVector x, TVector y);

    static abstract TVector Multiply(TVector x, TVector y);

    /// <summary>x * y + z, fused where the hardware has it.</summary>
    static abstract TVector MultiplyAdd(TVector x, TVector y, TVector z);

    /// <summary>max(x, y); NaN if either is.</summary>
    static abstract TVector Max(TVector x, TVector y);

    /// <summary>value where control &gt; 0, else 0.</summary>
    static abstract TVector WherePositive(TVector control, TVector value);

    /// <summary>value where x = y or both are NaN, else 0.</summary>
    static abstract TVector WhereSame(TVector x, TVector y, TVector value);

    /// <summary>0 where x = y or both are NaN, else value.</summary>
    static abstract TVector WhereDifferent(TVector x, TVector y, TVector value);

    /// <summary>Sum of the lanes.</summary>
    static abstract float Sum(TVector value);
}
