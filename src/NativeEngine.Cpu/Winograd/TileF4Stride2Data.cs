using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Winograd;

/// <summary>
/// The input gradient of <see cref="TileF4Stride2"/> with a border of 1, eight pixels at a time, with the filter turned by 180 degrees:
/// dx[2p] = g1 d[p] and dx[2p + 1] = g0 d[p] + g2 d[p + 1], the latter by F(4, 2).
/// </summary>
internal readonly struct TileF4Stride2Data : IWinogradTile
{
    public static int Window => 5;

    public static int Step => 4;

    public static int Outputs => 8;

    public static int Positions => 9;

    public static int Filters => 6;

    /// <summary>Bᵀ of F(4, 2), then the first four pixels as they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<V, TSource, TTarget>(TSource d, TTarget v)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>
    {
        TileF4Stride2.Even<V, TSource, TTarget>(d, v, 1);
        v.Put(5, d.Get(0));
        v.Put(6, d.Get(1));
        v.Put(7, d.Get(2));
        v.Put(8, d.Get(3));
    }

    /// <summary>The products of the even pixels, and between them Aᵀ of the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output<V, TSource, TTarget>(TSource m, TTarget y)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>
    {
        V m1 = m.Get(1), m2 = m.Get(2), m3 = m.Get(3);
        V s = m1 + m2, d = m1 - m2;
        y.Put(0, m.Get(5));
        y.Put(1, m.Get(0) + s + m3);
        y.Put(2, m.Get(6));
        y.Put(3, V.MultiplyAdd(V.Create(2), m3, d));
        y.Put(4, m.Get(7));
        y.Put(5, V.MultiplyAdd(V.Create(4), m3, s));
        y.Put(6, m.Get(8));
        y.Put(7, V.MultiplyAdd(V.Create(8), m3, d) + m.Get(4));
    }

    /// <summary>As of the forward tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter<V, TSource, TTarget>(TSource g, TTarget u)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>
    {
        TileF4Stride2.Filter<V, TSource, TTarget>(g, u);
    }
}
