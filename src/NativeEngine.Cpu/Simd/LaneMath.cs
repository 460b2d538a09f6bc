using System.Runtime.CompilerServices;

namespace NativeEngine.Cpu.Simd;

/// <summary>
/// Functions that no hardware instruction computes, in single precision for any width: polynomials of S. Moshier's Cephes
/// library (netlib.org/cephes). Largest error about 2 units in the last place, except where said.
/// </summary>
internal static unsafe class LaneMath
{
    /// <summary>e^x: x = n·ln 2 + r with |r| ≤ ln 2 / 2, a polynomial for e^r, times 2^n. Overflows to infinity, underflows gradually; NaN stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<V>(V x) where V : struct, ILanes<V>
    {
        // Outside this range the result is 0 or infinity; clamping keeps n small enough for the exponent field.
        x = V.AtMost(V.AtLeast(x, V.Create(-105f)), V.Create(89.5f));
        V n = V.Round(x * V.Create(1.44269504088896341f));
        V r = V.MultiplyAdd(n, V.Create(-0.693359375f), x); // ln 2 in two parts: the first has few bits, so the product is exact
        r = V.MultiplyAdd(n, V.Create(2.12194440e-4f), r);
        V p = V.MultiplyAdd(V.Create(1.9875691500e-4f), r, V.Create(1.3981999507e-3f));
        p = V.MultiplyAdd(p, r, V.Create(8.3334519073e-3f));
        p = V.MultiplyAdd(p, r, V.Create(4.1665795894e-2f));
        p = V.MultiplyAdd(p, r, V.Create(1.6666665459e-1f));
        p = V.MultiplyAdd(p, r, V.Create(5.0000001201e-1f));
        p = V.MultiplyAdd(p, r * r, r) + V.Create(1f);
        return V.Scale(p, n);
    }

    /// <summary>x·2^n in two factors, as n = 128 and denormal results need it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ScaleByFactors<V>(V x, V n) where V : struct, ILanes<V>
    {
        V half = V.Round(n * V.Create(0.5f));
        return x * V.PowerOfTwo(half) * V.PowerOfTwo(n - half);
    }

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid<V>(V x) where V : struct, ILanes<V> => V.Create(1f) / (V.Create(1f) + Exp(-x));

    /// <summary>tanh x: an odd polynomial below 0.625, else (1 - e) / (1 + e) with e = exp(-2|x|).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh<V>(V x) where V : struct, ILanes<V>
    {
        V magnitude = V.Abs(x), z = x * x;
        V p = V.MultiplyAdd(V.Create(-5.70498872745e-3f), z, V.Create(2.06390887954e-2f));
        p = V.MultiplyAdd(p, z, V.Create(-5.37397155531e-2f));
        p = V.MultiplyAdd(p, z, V.Create(1.33314422036e-1f));
        p = V.MultiplyAdd(p, z, V.Create(-3.33332819422e-1f));
        V small = V.MultiplyAdd(p * z, x, x);
        V e = Exp(magnitude * V.Create(-2f));
        V large = (V.Create(1f) - e) / (V.Create(1f) + e);
        V sign = V.Create(-0f);
        return V.Select(V.Greater(V.Create(0.625f), magnitude), small, large | (x & sign));
    }

    /// <summary>The normal distribution function Φ(x) = erfc(-x/√2) / 2; absolute error below 2e-7, and small tails stay small.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V NormalCdf<V>(V x) where V : struct, ILanes<V>
    {
        V t = x * V.Create(0.70710678118654752f), a = V.Abs(t), z = t * t;

        // |t| < 1: erf t = t · T(t²)
        V p = V.MultiplyAdd(V.Create(7.853861353153693e-5f), z, V.Create(-8.010193625184903e-4f));
        p = V.MultiplyAdd(p, z, V.Create(5.188327685732524e-3f));
        p = V.MultiplyAdd(p, z, V.Create(-2.685381193529856e-2f));
        p = V.MultiplyAdd(p, z, V.Create(1.128358514861418e-1f));
        p = V.MultiplyAdd(p, z, V.Create(-3.761262582423300e-1f));
        p = V.MultiplyAdd(p, z, V.Create(1.128379165726710f));
        V inner = V.MultiplyAdd(t * p, V.Create(0.5f), V.Create(0.5f));

        // else erfc a = e^(-a²) / a · P(1/a²), with one polynomial below 2 and another above
        V q = V.Create(1f) / a, y = q * q;
        V near = V.MultiplyAdd(V.Create(2.326819970068386e-2f), y, V.Create(-1.387039388740657e-1f));
        near = V.MultiplyAdd(near, y, V.Create(3.687424674597105e-1f));
        near = V.MultiplyAdd(near, y, V.Create(-5.824733027278666e-1f));
        near = V.MultiplyAdd(near, y, V.Create(6.210004621745983e-1f));
        near = V.MultiplyAdd(near, y, V.Create(-4.944515323274145e-1f));
        near = V.MultiplyAdd(near, y, V.Create(3.404879937665872e-1f));
        near = V.MultiplyAdd(near, y, V.Create(-2.741127028184656e-1f));
        near = V.MultiplyAdd(near, y, V.Create(5.638259427386472e-1f));
        V far = V.MultiplyAdd(V.Create(-1.047766399936249e+1f), y, V.Create(1.297719955372516e+1f));
        far = V.MultiplyAdd(far, y, V.Create(-7.495518717768503f));
        far = V.MultiplyAdd(far, y, V.Create(2.921019019210786f));
        far = V.MultiplyAdd(far, y, V.Create(-1.015265279202700f));
        far = V.MultiplyAdd(far, y, V.Create(4.218463358204948e-1f));
        far = V.MultiplyAdd(far, y, V.Create(-2.820767439740514e-1f));
        far = V.MultiplyAdd(far, y, V.Create(5.641895067754075e-1f));
        V tail = Exp(-z) * q * V.Select(V.Greater(V.Create(2f), a), near, far) * V.Create(0.5f);
        V outer = V.Select(V.Greater(t, V.Create(0f)), V.Create(1f) - tail, tail);
        return V.Select(V.Greater(V.Create(1f), a), inner, outer);
    }

    /// <summary>x^y, one lane after the other.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static V Pow<V>(V x, V y) where V : struct, ILanes<V>
    {
        float* values = stackalloc float[16], exponents = stackalloc float[16];
        V.Store(x, values);
        V.Store(y, exponents);
        for (int i = 0; i < V.Width; i++)
            values[i] = MathF.Pow(values[i], exponents[i]);
        return V.Load(values);
    }

    /// <summary>-1, 0 or 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sign<V>(V x) where V : struct, ILanes<V>
    {
        V zero = V.Create(0f);
        return V.Select(V.Equal(x, zero), zero, V.Create(1f) | (x & V.Create(-0f)));
    }

    /// <summary>ln(1 + x) for x ≥ 0: exact to rounding also for small x, by Kahan's correction of the rounded sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Log1P<V>(V x) where V : struct, ILanes<V>
    {
        V one = V.Create(1f), u = one + x;
        return V.Select(V.Equal(u, one), x, V.Log(u) * (x / (u - one)));
    }
}
