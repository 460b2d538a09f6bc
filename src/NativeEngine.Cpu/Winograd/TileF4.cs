using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Winograd;

/// <summary>F(4, 3) with the points 0, ±1, ±2, ∞: 36 products per tile instead of 144. Error about 1e-5 of the largest output.</summary>
internal readonly struct TileF4 : IWinogradGradientTile
{
    public static int Window => 6;

    public static int Step => 4;

    public static int Outputs => 4;

    public static int Positions => 6;

    public static int Filters => 6;

    /// <summary>Bᵀ: (4d0 - 5d2 + d4, -4d1 - 4d2 + d3 + d4, 4d1 - 4d2 - d3 + d4, -2d1 - d2 + 2d3 + d4, 2d1 - d2 - 2d3 + d4, 4d1 - 5d3 + d5).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<V, TSource, TTarget>(TSource d, TTarget v)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>
    {
        V d1 = d.Get(1), d2 = d.Get(2), d3 = d.Get(3), d4 = d.Get(4);
        V four = V.Create(4), minusFour = V.Create(-4), minusFive = V.Create(-5);
        V a = V.MultiplyAdd(minusFour, d2, d4), b = V.MultiplyAdd(minusFour, d1, d3);
        V c = d4 - d2, e = V.Create(2) * (d3 - d1);
        v.Put(0, V.MultiplyAdd(four, d.Get(0), V.MultiplyAdd(minusFive, d2, d4)));
        v.Put(1, a + b);
        v.Put(2, a - b);
        v.Put(3, c + e);
        v.Put(4, c - e);
        v.Put(5, V.MultiplyAdd(four, d1, V.MultiplyAdd(minusFive, d3, d.Get(5))));
    }

    /// <summary>Aᵀ: (m0 + m1 + m2 + m3 + m4, m1 - m2 + 2m3 - 2m4, m1 + m2 + 4m3 + 4m4, m1 - m2 + 8m3 - 8m4 + m5).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output<V, TSource, TTarget>(TSource m, TTarget y)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>
    {
        V m1 = m.Get(1), m2 = m.Get(2), m3 = m.Get(3), m4 = m.Get(4);
        V s = m1 + m2, d = m1 - m2, p = m3 + m4, q = m3 - m4;
        y.Put(0, m.Get(0) + s + p);
        y.Put(1, V.MultiplyAdd(V.Create(2), q, d));
        y.Put(2, V.MultiplyAdd(V.Create(4), p, s));
        y.Put(3, V.MultiplyAdd(V.Create(8), q, d) + m.Get(5));
    }

    /// <summary>G: (g0/4, -(g0 + g1 + g2)/6, -(g0 - g1 + g2)/6, (g0 + 2g1 + 4g2)/24, (g0 - 2g1 + 4g2)/24, g2).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter<V, TSource, TTarget>(TSource g, TTarget u)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>
    {
        V g0 = g.Get(0), g1 = g.Get(1), g2 = g.Get(2), minusSixth = V.Create(-1f / 6);
        V even = (g0 + g2) * minusSixth, odd = g1 * minusSixth;
        V even2 = V.MultiplyAdd(V.Create(1f / 24), g0, g2 * V.Create(1f / 6)), odd2 = g1 * V.Create(1f / 12);
        u.Put(0, g0 * V.Create(0.25f));
        u.Put(1, even + odd);
        u.Put(2, even - odd);
        u.Put(3, even2 + odd2);
        u.Put(4, even2 - odd2);
        u.Put(5, g2);
    }

    /// <summary>A: (y0, y0 + y1 + y2 + y3, y0 - y1 + y2 - y3, y0 + 2y1 + 4y2 + 8y3, y0 - 2y1 + 4y2 - 8y3, y3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OutputGradient<V, TSource, TTarget>(TSource dy, TTarget m)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>
    {
        V y0 = dy.Get(0), y1 = dy.Get(1), y2 = dy.Get(2), y3 = dy.Get(3);
        V even = y0 + y2, odd = y1 + y3;
        V even2 = V.MultiplyAdd(V.Create(4), y2, y0), odd2 = V.MultiplyAdd(V.Create(8), y3, V.Create(2) * y1);
        m.Put(0, y0);
        m.Put(1, even + odd);
        m.Put(2, even - odd);
        m.Put(3, even2 + odd2);
        m.Put(4, even2 - odd2);
        m.Put(5, y3);
    }

    /// <summary>Gᵀ: (u0/4 - (u1 + u2)/6 + (u3 + u4)/24, -(u1 - u2)/6 + (u3 - u4)/12, -(u1 + u2)/6 + (u3 + u4)/6 + u5).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FilterGradient<V, TSource, TTarget>(TSource u, TTarget g)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>
    {
        V u1 = u.Get(1), u2 = u.Get(2), u3 = u.Get(3), u4 = u.Get(4);
        V s = u1 + u2, d = u1 - u2, p = u3 + u4, q = u3 - u4;
        g.Put(0, V.MultiplyAdd(V.Create(0.25f), u.Get(0), V.MultiplyAdd(V.Create(-1f / 6), s, p * V.Create(1f / 24))));
        g.Put(1, V.MultiplyAdd(V.Create(-1f / 6), d, q * V.Create(1f / 12)));
        g.Put(2, V.MultiplyAdd(V.Create(1f / 6), p - s, u.Get(5)));
    }
}
