using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Winograd;

/// <summary>F(4 x 4, 3 x 3) with the points 0, ±1, ±2, ∞: 36 products instead of 144. Error about 1e-5 of the largest output.</summary>
internal readonly unsafe struct TileF4 : IWinogradTile
{
    public static int Outputs => 4;

    public static int Inputs => 6;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Input<V>(float** pixels, nint channel, float* positions, nint stride, float* work) where V : struct, ILanes<V>
    {
        for (int i = 0; i < 6; i++)
        {
            float** row = pixels + 6 * i;
            InputLine(V.Load(row[0] + channel), V.Load(row[1] + channel), V.Load(row[2] + channel), V.Load(row[3] + channel), V.Load(row[4] + channel), V.Load(row[5] + channel), work + 6 * i * V.Width, V.Width);
        }
        for (int j = 0; j < 6; j++)
        {
            float* w = work + j * V.Width;
            InputLine(At<V>(w, 0), At<V>(w, 1), At<V>(w, 2), At<V>(w, 3), At<V>(w, 4), At<V>(w, 5), positions + j * stride, 6 * stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Output<V>(float* positions, nint stride, float** pixels, nint channel, V bias, bool add, float* work) where V : struct, ILanes<V>
    {
        for (int j = 0; j < 6; j++)
        {
            float* p = positions + j * stride;
            OutputLine(V.Load(p), V.Load(p + 6 * stride), V.Load(p + 12 * stride), V.Load(p + 18 * stride), V.Load(p + 24 * stride), V.Load(p + 30 * stride), out V y0, out V y1, out V y2, out V y3);
            float* w = work + j * V.Width;
            V.Store(y0, w);
            V.Store(y1, w + 6 * V.Width);
            V.Store(y2, w + 12 * V.Width);
            V.Store(y3, w + 18 * V.Width);
        }
        for (int i = 0; i < 4; i++)
        {
            float* w = work + 6 * i * V.Width;
            OutputLine(V.Load(w), V.Load(w + V.Width), V.Load(w + 2 * V.Width), V.Load(w + 3 * V.Width), V.Load(w + 4 * V.Width), V.Load(w + 5 * V.Width), out V y0, out V y1, out V y2, out V y3);
            float** row = pixels + 4 * i;
            Put(y0 + bias, row[0] + channel, add);
            Put(y1 + bias, row[1] + channel, add);
            Put(y2 + bias, row[2] + channel, add);
            Put(y3 + bias, row[3] + channel, add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OutputGradient<V>(float** pixels, nint channel, float* positions, nint stride, float* work) where V : struct, ILanes<V>
    {
        for (int i = 0; i < 4; i++)
        {
            float** row = pixels + 4 * i;
            GradientLine(V.Load(row[0] + channel), V.Load(row[1] + channel), V.Load(row[2] + channel), V.Load(row[3] + channel), work + 6 * i * V.Width, V.Width);
        }
        for (int j = 0; j < 6; j++)
        {
            float* w = work + j * V.Width;
            GradientLine(At<V>(w, 0), At<V>(w, 1), At<V>(w, 2), At<V>(w, 3), positions + j * stride, 6 * stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Filter<V>(float* taps, nint tapStride, float* positions, nint stride, float* work) where V : struct, ILanes<V>
    {
        for (int i = 0; i < 3; i++)
        {
            float* row = taps + 3 * i * tapStride;
            FilterLine(V.Load(row), V.Load(row + tapStride), V.Load(row + 2 * tapStride), work + 6 * i * V.Width, V.Width);
        }
        for (int j = 0; j < 6; j++)
        {
            float* w = work + j * V.Width;
            FilterLine(At<V>(w, 0), At<V>(w, 1), At<V>(w, 2), positions + j * stride, 6 * stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FilterGradient<V>(float* positions, nint stride, float* taps, nint tapStride, bool add, float* work) where V : struct, ILanes<V>
    {
        for (int j = 0; j < 6; j++)
        {
            float* p = positions + j * stride;
            FilterGradientLine(V.Load(p), V.Load(p + 6 * stride), V.Load(p + 12 * stride), V.Load(p + 18 * stride), V.Load(p + 24 * stride), V.Load(p + 30 * stride), out V w0, out V w1, out V w2);
            float* w = work + j * V.Width;
            V.Store(w0, w);
            V.Store(w1, w + 6 * V.Width);
            V.Store(w2, w + 12 * V.Width);
        }
        for (int i = 0; i < 3; i++)
        {
            float* w = work + 6 * i * V.Width;
            FilterGradientLine(V.Load(w), V.Load(w + V.Width), V.Load(w + 2 * V.Width), V.Load(w + 3 * V.Width), V.Load(w + 4 * V.Width), V.Load(w + 5 * V.Width), out V w0, out V w1, out V w2);
            float* tap = taps + 3 * i * tapStride;
            Put(w0, tap, add);
            Put(w1, tap + tapStride, add);
            Put(w2, tap + 2 * tapStride, add);
        }
    }

    /// <summary>Bᵀ: (4d0 - 5d2 + d4, -4d1 - 4d2 + d3 + d4, 4d1 - 4d2 - d3 + d4, -2d1 - d2 + 2d3 + d4, 2d1 - d2 - 2d3 + d4, 4d1 - 5d3 + d5).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputLine<V>(V d0, V d1, V d2, V d3, V d4, V d5, float* target, nint stride) where V : struct, ILanes<V>
    {
        V four = V.Create(4), minusFour = V.Create(-4), minusFive = V.Create(-5), two = V.Create(2);
        V a = V.MultiplyAdd(minusFour, d2, d4), b = V.MultiplyAdd(minusFour, d1, d3);
        V c = d4 - d2, e = two * (d3 - d1);
        V.Store(V.MultiplyAdd(four, d0, V.MultiplyAdd(minusFive, d2, d4)), target);
        V.Store(a + b, target + stride);
        V.Store(a - b, target + 2 * stride);
        V.Store(c + e, target + 3 * stride);
        V.Store(c - e, target + 4 * stride);
        V.Store(V.MultiplyAdd(four, d1, V.MultiplyAdd(minusFive, d3, d5)), target + 5 * stride);
    }

    /// <summary>Aᵀ: (m0 + m1 + m2 + m3 + m4, m1 - m2 + 2m3 - 2m4, m1 + m2 + 4m3 + 4m4, m1 - m2 + 8m3 - 8m4 + m5).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputLine<V>(V m0, V m1, V m2, V m3, V m4, V m5, out V y0, out V y1, out V y2, out V y3) where V : struct, ILanes<V>
    {
        V s = m1 + m2, d = m1 - m2, p = m3 + m4, q = m3 - m4;
        y0 = m0 + s + p;
        y1 = V.MultiplyAdd(V.Create(2), q, d);
        y2 = V.MultiplyAdd(V.Create(4), p, s);
        y3 = V.MultiplyAdd(V.Create(8), q, d) + m5;
    }

    /// <summary>A: (y0, y0 + y1 + y2 + y3, y0 - y1 + y2 - y3, y0 + 2y1 + 4y2 + 8y3, y0 - 2y1 + 4y2 - 8y3, y3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void GradientLine<V>(V y0, V y1, V y2, V y3, float* target, nint stride) where V : struct, ILanes<V>
    {
        V four = V.Create(4), even = y0 + y2, odd = y1 + y3;
        V even2 = V.MultiplyAdd(four, y2, y0), odd2 = V.Create(2) * V.MultiplyAdd(four, y3, y1);
        V.Store(y0, target);
        V.Store(even + odd, target + stride);
        V.Store(even - odd, target + 2 * stride);
        V.Store(even2 + odd2, target + 3 * stride);
        V.Store(even2 - odd2, target + 4 * stride);
        V.Store(y3, target + 5 * stride);
    }

    /// <summary>G: (g0/4, -(g0 + g1 + g2)/6, -(g0 - g1 + g2)/6, g0/24 + g1/12 + g2/6, g0/24 - g1/12 + g2/6, g2).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FilterLine<V>(V g0, V g1, V g2, float* target, nint stride) where V : struct, ILanes<V>
    {
        V minusSixth = V.Create(-1f / 6);
        V even = (g0 + g2) * minusSixth, odd = g1 * minusSixth;
        V even2 = V.MultiplyAdd(V.Create(1f / 24), g0, g2 * V.Create(1f / 6)), odd2 = g1 * V.Create(1f / 12);
        V.Store(g0 * V.Create(0.25f), target);
        V.Store(even + odd, target + stride);
        V.Store(even - odd, target + 2 * stride);
        V.Store(even2 + odd2, target + 3 * stride);
        V.Store(even2 - odd2, target + 4 * stride);
        V.Store(g2, target + 5 * stride);
    }

    /// <summary>Gᵀ: (u0/4 - (u1 + u2)/6 + (u3 + u4)/24, -(u1 - u2)/6 + (u3 - u4)/12, -(u1 + u2)/6 + (u3 + u4)/6 + u5).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FilterGradientLine<V>(V u0, V u1, V u2, V u3, V u4, V u5, out V w0, out V w1, out V w2) where V : struct, ILanes<V>
    {
        V s = u1 + u2, d = u1 - u2, p = u3 + u4, q = u3 - u4;
        w0 = V.MultiplyAdd(V.Create(0.25f), u0, V.MultiplyAdd(V.Create(-1f / 6), s, p * V.Create(1f / 24)));
        w1 = V.MultiplyAdd(V.Create(-1f / 6), d, q * V.Create(1f / 12));
        w2 = V.MultiplyAdd(V.Create(1f / 6), p - s, u5);
    }

    /// <summary>Element <paramref name="row"/> of a column of the 6-wide work matrix.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V At<V>(float* column, int row) where V : struct, ILanes<V> => V.Load(column + 6 * row * V.Width);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<V>(V value, float* target, bool add) where V : struct, ILanes<V> => V.Store(add ? V.Load(target) + value : value, target);
}
