using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Winograd;

/// <summary>F(2, 3) with the points 0, ±1, ∞: 16 products per tile instead of 36, as accurate as the direct sum.</summary>
internal readonly struct TileF2 : IWinogradGradientTile
{
    public static int Window => 4;

    public static int Step => 2;

    public static int Outputs => 2;

    public static int Positions => 4;

    public static int Filters => 4;

    /// <summary>Bᵀ: (d0 - d2, d1 + d2, d2 - d1, d1 - d3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<V, TSource, TTarget>(TSource d, TTarget v)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>
    {
        V d1 = d.Get(1), d2 = d.Get(2);
        v.Put(0, d.Get(0) - d2);
        v.Put(1, d1 + d2);
        v.Put(2, d2 - d1);
        v.Put(3, d1 - d.Get(3));
    }

    /// <summary>Aᵀ: (m0 + m1 + m2, m1 - m2 - m3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output<V, TSource, TTarget>(TSource m, TTarget y)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>
    {
        V m1 = m.Get(1), m2 = m.Get(2);
        y.Put(0, m.Get(0) + m1 + m2);
        y.Put(1, m1 - m2 - m.Get(3));
    }

    /// <summary>G: (g0, (g0 + g1 + g2)/2, (g0 - g1 + g2)/2, g2).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter<V, TSource, TTarget>(TSource g, TTarget u)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>
    {
        V g0 = g.Get(0), g2 = g.Get(2), half = V.Create(0.5f);
        V even = (g0 + g2) * half, odd = g.Get(1) * half;
        u.Put(0, g0);
        u.Put(1, even + odd);
        u.Put(2, even - odd);
        u.Put(3, g2);
    }

    /// <summary>A: (y0, y0 + y1, y0 - y1, -y1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OutputGradient<V, TSource, TTarget>(TSource dy, TTarget m)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>
    {
        V y0 = dy.Get(0), y1 = dy.Get(1);
        m.Put(0, y0);
        m.Put(1, y0 + y1);
        m.Put(2, y0 - y1);
        m.Put(3, -y1);
    }

    /// <summary>Gᵀ: (u0 + (u1 + u2)/2, (u1 - u2)/2, (u1 + u2)/2 + u3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FilterGradient<V, TSource, TTarget>(TSource u, TTarget g)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>
    {
        V u1 = u.Get(1), u2 = u.Get(2), half = V.Create(0.5f);
        V even = (u1 + u2) * half;
        g.Put(0, u.Get(0) + even);
        g.Put(1, (u1 - u2) * half);
        g.Put(2, even + u.Get(3));
    }
}
