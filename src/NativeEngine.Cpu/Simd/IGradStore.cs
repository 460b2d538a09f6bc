using System.Runtime.CompilerServices;

namespace NativeEngine.Cpu.Simd;

/// <summary>Overwrite or accumulate, as a type: the choice costs nothing inside a loop.</summary>
internal interface IGradStore
{
    /// <summary>True when the old contents are added.</summary>
    static abstract bool Accumulates { get; }
}

/// <summary>y = value; the old contents are never read.</summary>
internal readonly struct Overwrite : IGradStore
{
    public static bool Accumulates
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }
}

/// <summary>y += value.</summary>
internal readonly struct Accumulate : IGradStore
{
    public static bool Accumulates
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => true;
    }
}
