using System.Runtime.CompilerServices;

namespace NativeEngine.Cpu.Simd;

/// <summary>Whether a loop moves whole vectors or the first lanes of one, as a type: whole vectors pay nothing for the choice.</summary>
internal unsafe interface IExtent
{
    /// <summary>Reads <paramref name="lanes"/> floats, zeros beyond.</summary>
    static abstract V Load<V>(float* source, nint lanes) where V : struct, ILanes<V>;

    /// <summary>Writes <paramref name="lanes"/> floats.</summary>
    static abstract void Store<V>(V x, float* target, nint lanes) where V : struct, ILanes<V>;
}

/// <summary>All lanes.</summary>
internal readonly unsafe struct WholeVector : IExtent
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load<V>(float* source, nint lanes) where V : struct, ILanes<V> => V.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<V>(V x, float* target, nint lanes) where V : struct, ILanes<V> => V.Store(x, target);
}

/// <summary>The first lanes.</summary>
internal readonly unsafe struct PartOfVector : IExtent
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load<V>(float* source, nint lanes) where V : struct, ILanes<V> => LaneTail.Load<V>(source, lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<V>(V x, float* target, nint lanes) where V : struct, ILanes<V> => LaneTail.Store(x, target, lanes);
}
