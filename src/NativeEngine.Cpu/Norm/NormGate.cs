using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Norm;

/// <summary>Which gradients of a norm's output pass the function behind it, as a type, so that the loops have no branches.</summary>
internal interface INormGate
{
    /// <summary>Whether y is read.</summary>
    static abstract bool ReadsOutput { get; }

    /// <summary>Whether scale and shift are read.</summary>
    static abstract bool ReadsScale { get; }

    /// <summary>dy where the gate is open, else 0.</summary>
    static abstract V Pass<V>(V dy, V y, V centred, V scale, V shift) where V : struct, ILanes<V>;
}

/// <summary>Nothing stands behind the norm.</summary>
internal readonly struct OpenGate : INormGate
{
    public static bool ReadsOutput => false;

    public static bool ReadsScale => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Pass<V>(V dy, V y, V centred, V scale, V shift) where V : struct, ILanes<V> => dy;
}

/// <summary>A ReLU, open where y &gt; 0.</summary>
internal readonly struct OutputGate : INormGate
{
    public static bool ReadsOutput => true;

    public static bool ReadsScale => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Pass<V>(V dy, V y, V centred, V scale, V shift) where V : struct, ILanes<V> => V.Greater(y, default) & dy;
}

/// <summary>A ReLU, open where (x - mean) scale + shift &gt; 0 with the very arithmetic of <see cref="NormApply"/>, which spares reading y.</summary>
internal readonly struct InputGate : INormGate
{
    public static bool ReadsOutput => false;

    public static bool ReadsScale => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Pass<V>(V dy, V y, V centred, V scale, V shift)
        where V : struct, ILanes<V> => V.Greater(V.MultiplyAdd(centred, scale, shift), default) & dy;
}

/// <summary>What the gate of a norm reads: y, or scale and shift per column.</summary>
internal readonly unsafe struct GateData(float* y, float* scale, float* shift)
{
    public float* Output => y;

    public float* Scale => scale;

    public float* Shift => shift;

    /// <summary>For the elements from <paramref name="at"/> on, a whole number of rows.</summary>
    public GateData From(long at) => new(y == null ? null : y + at, scale, shift);
}
