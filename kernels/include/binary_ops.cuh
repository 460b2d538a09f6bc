// One struct per element-wise function of two arguments: forward(a, b), and g times the derivative by a and by b.
#pragma once
#include "math.cuh"

#define NE_BINARY_OP(name, forward_value, slope_a, slope_b)                                                          \
    struct ne_op_##name                                                                                              \
    {                                                                                                                \
        static __device__ __forceinline__ float forward(float a, float b) { return forward_value; }                  \
        static __device__ __forceinline__ float backward_a(float a, float b, float g) { return slope_a; }            \
        static __device__ __forceinline__ float backward_b(float a, float b, float g) { return slope_b; }            \
    };

NE_BINARY_OP(add, a + b, g, g)
NE_BINARY_OP(sub, a - b, g, -g)
NE_BINARY_OP(mul, a * b, g * b, g * a)
NE_BINARY_OP(div, a / b, g / b, -(g * a) / (b * b))
// A tie gives the gradient to a.
NE_BINARY_OP(max, ne_max(a, b), a >= b || ne_isnan(a) ? g : 0.0f, a >= b || ne_isnan(a) ? 0.0f : g)
NE_BINARY_OP(min, ne_min(a, b), a <= b || ne_isnan(a) ? g : 0.0f, a <= b || ne_isnan(a) ? 0.0f : g)
