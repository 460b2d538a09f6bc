using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Winograd;

/// <summary>
/// Windows of 3 with stride 2, four outputs at a time: y[p] = g0 d[2p] + g1 d[2p + 1] + g2 d[2p + 2]. The even pixels are a convolution of
/// stride 1 with the taps (g0, g2), done by F(4, 2) with the points 0, ±1, 2, ∞; the odd pixels meet only g1 and go through as they are.
/// 81 products per tile instead of 144, with 36 different filters.
/// </summary>
internal readonly struct TileF4Stride2 : IWinogradGradientTile
{
    public static int Window => 9;

    public static int Step => 8;

    public static int Outputs => 4;

    public static int Positions => 9;

    public static int Filters => 6;

    /// <summary>Bᵀ of the even pixels e: (2e0 - e1 - 2e2 + e3, -2e1 - e2 + e3, 2e1 - 3e2 + e3, e3 - e1, 2e1 - e2 - 2e3 + e4), then the odd pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<V, TSource, TTarget>(TSource d, TTarget v)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>
    {
        Even<V, TSource, TTarget>(d, v, 2);
        v.Put(5, d.Get(1));
        v.Put(6, d.Get(3));
        v.Put(7, d.Get(5));
        v.Put(8, d.Get(7));
    }

    /// <summary>Aᵀ: (m0 + m1 + m2 + m3, m1 - m2 + 2m3, m1 + m2 + 4m3, m1 - m2 + 8m3 + m4) and the odd pixels' products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output<V, TSource, TTarget>(TSource m, TTarget y)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>
    {
        V m1 = m.Get(1), m2 = m.Get(2), m3 = m.Get(3);
        V s = m1 + m2, d = m1 - m2;
        y.Put(0, m.Get(0) + s + m3 + m.Get(5));
        y.Put(1, V.MultiplyAdd(V.Create(2), m3, d) + m.Get(6));
        y.Put(2, V.MultiplyAdd(V.Create(4), m3, s) + m.Get(7));
        y.Put(3, V.MultiplyAdd(V.Create(8), m3, d) + m.Get(4) + m.Get(8));
    }

    /// <summary>G: (g0/2, -(g0 + g2)/2, (g2 - g0)/6, (g0 + 2g2)/6, g2), then g1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter<V, TSource, TTarget>(TSource g, TTarget u)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>
    {
        V g0 = g.Get(0), g2 = g.Get(2), sixth = V.Create(1f / 6);
        u.Put(0, g0 * V.Create(0.5f));
        u.Put(1, (g0 + g2) * V.Create(-0.5f));
        u.Put(2, (g2 - g0) * sixth);
        u.Put(3, V.MultiplyAdd(V.Create(2), g2, g0) * sixth);
        u.Put(4, g2);
        u.Put(5, g.Get(1));
    }

    /// <summary>A: (y0, y0 + y1 + y2 + y3, y0 - y1 + y2 - y3, y0 + 2y1 + 4y2 + 8y3, y3), then y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OutputGradient<V, TSource, TTarget>(TSource dy, TTarget m)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>
    {
        V y0 = dy.Get(0), y1 = dy.Get(1), y2 = dy.Get(2), y3 = dy.Get(3);
        V even = y0 + y2, odd = y1 + y3;
        m.Put(0, y0);
        m.Put(1, even + odd);
        m.Put(2, even - odd);
        m.Put(3, V.MultiplyAdd(V.Create(4), y2, y0) + V.MultiplyAdd(V.Create(8), y3, V.Create(2) * y1));
        m.Put(4, y3);
        m.Put(5, y0);
        m.Put(6, y1);
        m.Put(7, y2);
        m.Put(8, y3);
    }

    /// <summary>Gᵀ: (u0/2 - u1/2 - u2/6 + u3/6, u5, -u1/2 + u2/6 + u3/3 + u4).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FilterGradient<V, TSource, TTarget>(TSource u, TTarget g)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>
    {
        V u2 = u.Get(2), u3 = u.Get(3), half = V.Create(0.5f), sixth = V.Create(1f / 6), u1 = u.Get(1) * half;
        g.Put(0, V.MultiplyAdd(half, u.Get(0), (u3 - u2) * sixth) - u1);
        g.Put(1, u.Get(5));
        g.Put(2, V.MultiplyAdd(sixth, V.MultiplyAdd(V.Create(2), u3, u2), u.Get(4)) - u1);
    }

    /// <summary>Bᵀ of F(4, 2) for pixels <paramref name="step"/> apart in the line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Even<V, TSource, TTarget>(TSource d, TTarget v, int step)
        where V : struct, ILanes<V> where TSource : struct, ILineSource<V> where TTarget : struct, ILineTarget<V>
    {
        V e1 = d.Get(step), e2 = d.Get(2 * step), e3 = d.Get(3 * step), two = V.Create(2), minusTwo = V.Create(-2);
        V t = e3 - e1, s = e3 - e2;
        v.Put(0, V.MultiplyAdd(two, d.Get(0) - e2, t));
        v.Put(1, V.MultiplyAdd(minusTwo, e1, s));
        v.Put(2, V.MultiplyAdd(two, e1 - e2, s));
        v.Put(3, t);
        v.Put(4, V.MultiplyAdd(minusTwo, t, d.Get(4 * step) - e2));
    }
}
