// One struct per element-wise function of one argument: forward(x), and backward(s, g) = g times the derivative, where s is
// what the operation keeps for backward (its input or its output; see UnaryOp in NativeEngine.Core). a and b are parameters.
#pragma once
#include "math.cuh"

#define NE_UNARY_OP(name, reads_saved, forward_value, backward_value)                                                     \
    struct ne_op_##name                                                                                                   \
    {                                                                                                                     \
        static constexpr bool uses_saved = reads_saved;                                                                   \
        static __device__ __forceinline__ float forward(float x, float a, float b) { return forward_value; }              \
        static __device__ __forceinline__ float backward(float s, float g, float a, float b) { return backward_value; }   \
    };

NE_DEVICE float ne_sign(float x) { return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x; } // 0 and NaN stay what they are

NE_DEVICE float ne_silu_slope(float x)
{
    float s = ne_sigmoid(x);
    return s * fmaf(x, 1.0f - s, 1.0f);
}

// The normal distribution's cumulative function and the slope of gelu(x) = x Phi(x).
NE_DEVICE float ne_phi(float x) { return 0.5f + 0.5f * ne_erf(x * 0.707106781f); }
NE_DEVICE float ne_gelu_slope(float x) { return fmaf(x * 0.398942280f, ne_exp(-0.5f * x * x), ne_phi(x)); }

NE_DEVICE float ne_hard_swish_slope(float x) { return x <= -3.0f ? 0.0f : x >= 3.0f ? 1.0f : (2.0f * x + 3.0f) / 6.0f; }

NE_UNARY_OP(neg, false, -x, -g)
NE_UNARY_OP(relu, true, x <= 0.0f ? 0.0f : x, s > 0.0f ? g : 0.0f)
NE_UNARY_OP(leaky_relu, true, x > 0.0f ? x : a * x, s > 0.0f ? g : a * g)
NE_UNARY_OP(sigmoid, true, ne_sigmoid(x), g * (s * (1.0f - s)))
NE_UNARY_OP(tanh, true, ne_tanh(x), g * fmaf(-s, s, 1.0f))
NE_UNARY_OP(silu, true, x * ne_sigmoid(x), g * ne_silu_slope(s))
NE_UNARY_OP(gelu, true, x * ne_phi(x), g * ne_gelu_slope(s))
NE_UNARY_OP(exp, true, ne_exp(x), g * s)
NE_UNARY_OP(log, true, ne_log(x), g / s)
NE_UNARY_OP(sqrt, true, sqrtf(x), s == 0.0f ? 0.0f : g / (2.0f * s))
NE_UNARY_OP(pow, true, ne_pow(x, a), a == 0.0f ? 0.0f : g * (a * ne_pow(s, a - 1.0f)))
NE_UNARY_OP(abs, true, fabsf(x), g * ne_sign(s))
NE_UNARY_OP(clamp, true, ne_clamp(x, a, b), s >= a && s <= b ? g : 0.0f)
NE_UNARY_OP(affine, false, fmaf(a, x, b), a * g)
NE_UNARY_OP(hard_swish, true, x * ne_clamp(x + 3.0f, 0.0f, 6.0f) / 6.0f, g * ne_hard_swish_slope(s))
NE_UNARY_OP(hard_sigmoid, true, ne_clamp(x + 3.0f, 0.0f, 6.0f) / 6.0f, s > -3.0f && s < 3.0f ? g / 6.0f : 0.0f)
