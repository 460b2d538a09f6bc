using System.Runtime.CompilerServices;

namespace NativeEngine.Cpu.Simd;

/// <summary>Selections by equality in which NaN equals NaN.</summary>
internal static class LaneMasks
{
    /// <summary>value where x = y or both are NaN, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V WhereSame<V>(V x, V y, V value) where V : struct, ILanes<V> => V.Select(Same(x, y), value, default);

    /// <summary>0 where x = y or both are NaN, else value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V WhereDifferent<V>(V x, V y, V value) where V : struct, ILanes<V> => V.Select(Same(x, y), default, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Same<V>(V x, V y) where V : struct, ILanes<V> => V.Equal(x, y) | ~(V.Equal(x, x) | V.Equal(y, y));
}
