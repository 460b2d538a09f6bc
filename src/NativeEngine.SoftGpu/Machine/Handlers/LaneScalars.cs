using System.Numerics;
using System.Runtime.CompilerServices;

namespace NativeEngine.SoftGpu;

/// <summary>Loops of the operators that work one lane at a time; absent sources point at any slot and are ignored.</summary>
internal static unsafe class LaneScalars
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<T, TResult, TA, TB, TC>(Op* o, Warp w, byte* r, uint mask)
        where T : struct, IScalar<TResult, TA, TB, TC>
        where TResult : unmanaged
        where TA : unmanaged
        where TB : unmanaged
        where TC : unmanaged
    {
        var d = (TResult*)(r + o->D);
        var a = (TA*)(r + o->A);
        var b = (TB*)(r + o->B);
        var c = (TC*)(r + o->C);
        if (mask == Lanes.All)
        {
            for (int lane = 0; lane < 32; lane++)
                d[lane] = T.Invoke(a[lane], b[lane], c[lane]);
            return;
        }
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            d[lane] = T.Invoke(a[lane], b[lane], c[lane]);
        }
    }

    /// <summary>As <see cref="Run"/> with a predicate result: the operator returns 0 or 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Test<T, TA, TB>(Op* o, Warp w, byte* r, uint mask)
        where T : struct, IScalar<bool, TA, TB, int>
        where TA : unmanaged
        where TB : unmanaged
    {
        var a = (TA*)(r + o->A);
        var b = (TB*)(r + o->B);
        uint result = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            if (T.Invoke(a[lane], b[lane], o->N))
                result |= 1u << lane;
        }
        Lanes.StorePredicate(r + o->D, result, mask);
    }
}
