using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Winograd;

/// <summary>F(2 x 2, 3 x 3) with the points 0, ±1, ∞: 16 products instead of 36, as accurate as the direct sum.</summary>
internal readonly unsafe struct TileF2 : IWinogradTile
{
    public static int Outputs => 2;

    public static int Inputs => 4;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Input<V>(float** pixels, nint channel, float* positions, nint stride, float* work) where V : struct, ILanes<V>
    {
        for (int i = 0; i < 4; i++)
        {
            float** row = pixels + 4 * i;
            InputLine(V.Load(row[0] + channel), V.Load(row[1] + channel), V.Load(row[2] + channel), V.Load(row[3] + channel), work + 4 * i * V.Width, V.Width);
        }
        for (int j = 0; j < 4; j++)
        {
            float* w = work + j * V.Width;
            InputLine(At<V>(w, 0), At<V>(w, 1), At<V>(w, 2), At<V>(w, 3), positions + j * stride, 4 * stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Output<V>(float* positions, nint stride, float** pixels, nint channel, V bias, bool add, float* work) where V : struct, ILanes<V>
    {
        for (int j = 0; j < 4; j++)
        {
            float* p = positions + j * stride;
            OutputLine(V.Load(p), V.Load(p + 4 * stride), V.Load(p + 8 * stride), V.Load(p + 12 * stride), out V y0, out V y1);
            V.Store(y0, work + j * V.Width);
            V.Store(y1, work + (4 + j) * V.Width);
        }
        for (int i = 0; i < 2; i++)
        {
            float* w = work + 4 * i * V.Width;
            OutputLine(V.Load(w), V.Load(w + V.Width), V.Load(w + 2 * V.Width), V.Load(w + 3 * V.Width), out V y0, out V y1);
            Put(y0 + bias, pixels[2 * i] + channel, add);
            Put(y1 + bias, pixels[2 * i + 1] + channel, add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OutputGradient<V>(float** pixels, nint channel, float* positions, nint stride, float* work) where V : struct, ILanes<V>
    {
        for (int i = 0; i < 2; i++) GradientLine(V.Load(pixels[2 * i] + channel), V.Load(pixels[2 * i + 1] + channel), work + 4 * i * V.Width, V.Width);
        for (int j = 0; j < 4; j++)
        {
            float* w = work + j * V.Width;
            GradientLine(At<V>(w, 0), At<V>(w, 1), positions + j * stride, 4 * stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Filter<V>(float* taps, nint tapStride, float* positions, nint stride, float* work) where V : struct, ILanes<V>
    {
        for (int i = 0; i < 3; i++)
        {
            float* row = taps + 3 * i * tapStride;
            FilterLine(V.Load(row), V.Load(row + tapStride), V.Load(row + 2 * tapStride), work + 4 * i * V.Width, V.Width);
        }
        for (int j = 0; j < 4; j++)
        {
            float* w = work + j * V.Width;
            FilterLine(At<V>(w, 0), At<V>(w, 1), At<V>(w, 2), positions + j * stride, 4 * stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FilterGradient<V>(float* positions, nint stride, float* taps, nint tapStride, bool add, float* work) where V : struct, ILanes<V>
    {
        for (int j = 0; j < 4; j++)
        {
            float* p = positions + j * stride, w = work + j * V.Width;
            FilterGradientLine(V.Load(p), V.Load(p + 4 * stride), V.Load(p + 8 * stride), V.Load(p + 12 * stride), out V w0, out V w1, out V w2);
            V.Store(w0, w);
            V.Store(w1, w + 4 * V.Width);
            V.Store(w2, w + 8 * V.Width);
        }
        for (int i = 0; i < 3; i++)
        {
            float* w = work + 4 * i * V.Width, tap = taps + 3 * i * tapStride;
            FilterGradientLine(V.Load(w), V.Load(w + V.Width), V.Load(w + 2 * V.Width), V.Load(w + 3 * V.Width), out V w0, out V w1, out V w2);
            Put(w0, tap, add);
            Put(w1, tap + tapStride, add);
            Put(w2, tap + 2 * tapStride, add);
        }
    }

    /// <summary>Bᵀ: (d0 - d2, d1 + d2, d2 - d1, d1 - d3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputLine<V>(V d0, V d1, V d2, V d3, float* target, nint stride) where V : struct, ILanes<V>
    {
        V.Store(d0 - d2, target);
        V.Store(d1 + d2, target + stride);
        V.Store(d2 - d1, target + 2 * stride);
        V.Store(d1 - d3, target + 3 * stride);
    }

    /// <summary>Aᵀ: (m0 + m1 + m2, m1 - m2 - m3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputLine<V>(V m0, V m1, V m2, V m3, out V y0, out V y1) where V : struct, ILanes<V>
    {
        y0 = m0 + m1 + m2;
        y1 = m1 - m2 - m3;
    }

    /// <summary>A: (y0, y0 + y1, y0 - y1, -y1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void GradientLine<V>(V y0, V y1, float* target, nint stride) where V : struct, ILanes<V>
    {
        V.Store(y0, target);
        V.Store(y0 + y1, target + stride);
        V.Store(y0 - y1, target + 2 * stride);
        V.Store(-y1, target + 3 * stride);
    }

    /// <summary>G: (g0, (g0 + g1 + g2)/2, (g0 - g1 + g2)/2, g2).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FilterLine<V>(V g0, V g1, V g2, float* target, nint stride) where V : struct, ILanes<V>
    {
        V half = V.Create(0.5f), even = (g0 + g2) * half, odd = g1 * half;
        V.Store(g0, target);
        V.Store(even + odd, target + stride);
        V.Store(even - odd, target + 2 * stride);
        V.Store(g2, target + 3 * stride);
    }

    /// <summary>Gᵀ: (u0 + (u1 + u2)/2, (u1 - u2)/2, (u1 + u2)/2 + u3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FilterGradientLine<V>(V u0, V u1, V u2, V u3, out V w0, out V w1, out V w2) where V : struct, ILanes<V>
    {
        V half = V.Create(0.5f), even = (u1 + u2) * half;
        w0 = u0 + even;
        w1 = (u1 - u2) * half;
        w2 = even + u3;
    }

    /// <summary>Element <paramref name="row"/> of a column of the 4-wide work matrix.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V At<V>(float* column, int row) where V : struct, ILanes<V> => V.Load(column + 4 * row * V.Width);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<V>(V value, float* target, bool add) where V : struct, ILanes<V> => V.Store(add ? V.Load(target) + value : value, target);
}
