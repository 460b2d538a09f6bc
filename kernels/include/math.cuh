// The engine's own float functions, from +, -, *, /, sqrt, fma and integer bits alone: the result is the same on a GPU, on
// the software GPU and on the host compiler, bit for bit. The stated error is the largest seen over all floats of the
// range against a double reference, and a test measures it. Polynomials are minimax fits of this project.
#pragma once
#include "compiler.cuh"

#define NE_INFINITY __int_as_float(0x7f800000)
#define NE_NAN __int_as_float(0x7fffffff)

NE_DEVICE bool ne_isnan(float x) { return x != x; }
NE_DEVICE bool ne_isfinite(float x) { return (__float_as_int(x) & 0x7f800000) != 0x7f800000; }

// x, or the bound it passes; NaN stays NaN.
NE_DEVICE float ne_clamp(float x, float lo, float hi) { return x < lo ? lo : x > hi ? hi : x; }

// The larger (smaller) of two; NaN if either is NaN, as PyTorch's maximum and minimum.
NE_DEVICE float ne_max(float a, float b) { return a > b || ne_isnan(a) ? a : b; }
NE_DEVICE float ne_min(float a, float b) { return a < b || ne_isnan(a) ? a : b; }

// 2^i for -126 <= i <= 127.
NE_DEVICE float ne_pow2i(int i) { return __int_as_float((i + 127) << 23); }

// e^x, error below 1.1 ulp. x = n ln 2 + r, |r| <= ln 2 / 2; e^r = 1 + r + r^2 Q(r); times 2^n in two factors, so that
// results in the subnormal range and just below overflow are right.
NE_DEVICE float ne_exp(float x)
{
    float c = ne_clamp(x, -104.0f, 89.0f);
    float shifted = fmaf(c, 1.44269504f, 12582912.0f); // 1.5 * 2^23: rounds to an integer in the low bits
    int n = __float_as_int(shifted) - 0x4b400000;
    float nf = shifted - 12582912.0f;
    float r = fmaf(nf, -0.693359375f, c); // ln 2 in two parts; the first has 9 bits, so n times it is exact
    r = fmaf(nf, 2.12194440e-4f, r);
    float q = 1.381454058e-03f;
    q = fmaf(q, r, 8.368745446e-03f);
    q = fmaf(q, r, 4.166838899e-02f);
    q = fmaf(q, r, 1.666652113e-01f);
    q = fmaf(q, r, 4.999999404e-01f);
    float e = fmaf(q, r * r, r) + 1.0f;
    int half = n >> 1;
    return e * ne_pow2i(half) * ne_pow2i(n - half);
}

// ln(1 + f) for |f| <= 1/3: f + f^2 P(f).
NE_DEVICE float ne_log1p_near_0(float f)
{
    float p = -1.294897050e-01f;
    p = fmaf(p, f, 1.400475651e-01f);
    p = fmaf(p, f, -1.216715276e-01f);
    p = fmaf(p, f, 1.400116086e-01f);
    p = fmaf(p, f, -1.668230593e-01f);
    p = fmaf(p, f, 2.001074702e-01f);
    p = fmaf(p, f, -2.499971688e-01f);
    p = fmaf(p, f, 3.333320916e-01f);
    p = fmaf(p, f, -5.000000000e-01f);
    return fmaf(p, f * f, f);
}

// ln x, error below 1 ulp. ln 0 = -inf, ln of a negative number is NaN. x = 2^e m, m in [2/3, 4/3); f = m - 1.
NE_DEVICE float ne_log(float x)
{
    if (!(x > 0.0f)) return x == 0.0f ? -NE_INFINITY : NE_NAN;
    if (x == NE_INFINITY) return x;
    float exponent = 0.0f;
    if (x < 1.175494351e-38f) { x = x * 8388608.0f; exponent = -23.0f; }
    int bits = __float_as_int(x);
    int e = (bits - 0x3f2aaaab) & (int)0xff800000;
    float f = __int_as_float(bits - e) - 1.0f;
    exponent = exponent + (float)(e >> 23);
    return fmaf(exponent, 0.693147181f, ne_log1p_near_0(f));
}

// ln(1 + u) for 0 <= u, error below 2.5 ulp.
NE_DEVICE float ne_log1p(float u) { return u <= 0.333333343f ? ne_log1p_near_0(u) : ne_log(1.0f + u); }

// tanh x, error below 2 ulp. Both formulas are evaluated and one is taken: neighbours in a warp rarely agree on a branch.
NE_DEVICE float ne_tanh(float x)
{
    float a = fabsf(x), s = x * x;
    float p = -5.717045162e-03f;
    p = fmaf(p, s, 2.065058798e-02f);
    p = fmaf(p, s, -5.374349654e-02f);
    p = fmaf(p, s, 1.333149076e-01f);
    p = fmaf(p, s, -3.333328366e-01f);
    float near = fmaf(p * s, x, x), far = 1.0f - 2.0f / (ne_exp(2.0f * a) + 1.0f);
    far = x < 0.0f ? -far : far;
    return a < 0.625f ? near : far;
}

// 1 / (1 + e^-x), error below 3 ulp.
NE_DEVICE float ne_sigmoid(float x) { return 1.0f / (1.0f + ne_exp(-x)); }

// erf x, error below 3 ulp. |x| < 1: x + x E(x^2); above: 1 - e^-R(|x|) with R = -ln erfc. No branch, as in tanh.
NE_DEVICE float ne_erf(float x)
{
    float a = fabsf(x), s = x * x;
    float p = 7.853860734e-05f;
    p = fmaf(p, s, -8.010193706e-04f);
    p = fmaf(p, s, 5.188327748e-03f);
    p = fmaf(p, s, -2.685381286e-02f);
    p = fmaf(p, s, 1.128358543e-01f);
    p = fmaf(p, s, -3.761262596e-01f);
    p = fmaf(p, s, 1.283791661e-01f);
    float near = fmaf(p, x, x);
    float c = a > 4.0f ? 4.0f : a; // erf(4) rounds to 1
    float r = 2.169762229e-05f;
    r = fmaf(r, c, -4.414727446e-04f);
    r = fmaf(r, c, 4.205285106e-03f);
    r = fmaf(r, c, -2.521034144e-02f);
    r = fmaf(r, c, 1.084221005e-01f);
    r = fmaf(r, c, 6.332163811e-01f);
    r = fmaf(r, c, 1.129580259e+00f);
    r = fmaf(r, c, -1.884683734e-04f);
    float far = 1.0f - ne_exp(-r);
    far = x < 0.0f ? -far : far;
    return a < 1.0f ? near : far;
}

// ln x in double for a positive finite float x, relative error below 2^-45: 2 atanh(f / (2 + f)) by its series.
NE_DEVICE double ne_log_double(float x)
{
    long long bits = __double_as_longlong((double)x); // every positive float is a normal double
    long long e = (bits - 0x3fe6a09e667f3bcdll) & (long long)0xfff0000000000000ull;
    double m = __longlong_as_double(bits - e); // in [sqrt(1/2), sqrt(2))
    double s = (m - 1.0) / (m + 1.0), z = s * s; // z <= 0.0295
    double p = 1.0 / 19.0;
    p = fma(p, z, 1.0 / 17.0);
    p = fma(p, z, 1.0 / 15.0);
    p = fma(p, z, 1.0 / 13.0);
    p = fma(p, z, 1.0 / 11.0);
    p = fma(p, z, 1.0 / 9.0);
    p = fma(p, z, 1.0 / 7.0);
    p = fma(p, z, 1.0 / 5.0);
    p = fma(p, z, 1.0 / 3.0);
    double log_m = fma(p * z, s + s, s + s);
    return fma((double)(int)(e >> 52), 0.69314718055994531, log_m);
}

// e^x in double, rounded to float; relative error before rounding below 2^-40.
NE_DEVICE float ne_exp_double(double x)
{
    double c = x < -105.0 ? -105.0 : x > 90.0 ? 90.0 : x;
    double shifted = fma(c, 1.4426950408889634, 6755399441055744.0); // 1.5 * 2^52
    int n = (int)__double_as_longlong(shifted);
    double r = fma(shifted - 6755399441055744.0, -0.69314718055994531, c);
    double p = 1.0 / 3628800.0;
    p = fma(p, r, 1.0 / 362880.0);
    p = fma(p, r, 1.0 / 40320.0);
    p = fma(p, r, 1.0 / 5040.0);
    p = fma(p, r, 1.0 / 720.0);
    p = fma(p, r, 1.0 / 120.0);
    p = fma(p, r, 1.0 / 24.0);
    p = fma(p, r, 1.0 / 6.0);
    p = fma(p, r, 0.5);
    p = fma(p, r, 1.0);
    p = fma(p, r, 1.0);
    return (float)(p * __longlong_as_double((long long)(n + 1023) << 52));
}

// x^y with C's special cases, error below 0.6 ulp (the logarithm and exponential are taken in double).
NE_DEVICE float ne_pow(float x, float y)
{
    if (y == 0.0f || x == 1.0f) return 1.0f;
    if (ne_isnan(x) || ne_isnan(y)) return x + y;
    float a = fabsf(x), ya = fabsf(y);
    // An integer y is odd when its unit bit is set; above 2^24 every float is even.
    bool integer = ya >= 8388608.0f || (float)(int)y == y;
    bool odd = integer && ya < 16777216.0f && ((int)y & 1) != 0;
    float r;
    if (a == 0.0f) r = y < 0.0f ? NE_INFINITY : 0.0f;
    else if (a == NE_INFINITY) r = y < 0.0f ? 0.0f : NE_INFINITY;
    else if (ya == NE_INFINITY) return a == 1.0f ? 1.0f : (a > 1.0f) == (y > 0.0f) ? NE_INFINITY : 0.0f;
    else
    {
        if (x < 0.0f && !integer) return NE_NAN;
        r = ne_exp_double((double)y * ne_log_double(a));
    }
    return __float_as_int(x) < 0 && odd ? -r : r;
}
