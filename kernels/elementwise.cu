// Element-wise functions, forward and backward: the loops once, the functions as structs (unary_ops.cuh, binary_ops.cuh).
#include "include/binary_ops.cuh"
#include "include/philox.cuh"
#include "include/reduce.cuh"
#include "include/unary_ops.cuh"
#include "include/vector.cuh"
#include "include/walk.cuh"

// y[i] = op(x[i]). y may be x.
template <class Op> NE_DEVICE void unary_fwd(const float* x, float* y, ne_long n, float a, float b)
{
    ne_long quads = ne_aligned(x, y) ? n >> 2 : 0;
    for (ne_long i = ne_start(); i < quads; i += ne_stride())
    {
        float4 v = ne_load4(x, i);
        ne_store4(y, i, { Op::forward(v.x, a, b), Op::forward(v.y, a, b), Op::forward(v.z, a, b), Op::forward(v.w, a, b) });
    }
    for (ne_long i = (quads << 2) + ne_start(); i < n; i += ne_stride()) y[i] = Op::forward(x[i], a, b);
}

// dx[i] (+)= dy[i] op'(saved[i]). dx may be dy.
template <class Op>
NE_DEVICE void unary_bwd(const float* saved, const float* dy, float* dx, ne_long n, float a, float b, int accumulate)
{
    ne_long quads = ne_aligned(saved, dy, dx) ? n >> 2 : 0;
    for (ne_long i = ne_start(); i < quads; i += ne_stride())
    {
        float4 g = ne_load4(dy, i), s = Op::uses_saved ? ne_load4(saved, i) : g;
        float4 d = { Op::backward(s.x, g.x, a, b), Op::backward(s.y, g.y, a, b), Op::backward(s.z, g.z, a, b), Op::backward(s.w, g.w, a, b) };
        ne_store4(dx, i, accumulate ? ne_add4(ne_load4(dx, i), d) : d);
    }
    for (ne_long i = (quads << 2) + ne_start(); i < n; i += ne_stride())
    {
        float g = dy[i], d = Op::backward(Op::uses_saved ? saved[i] : g, g, a, b);
        dx[i] = accumulate ? dx[i] + d : d;
    }
}

#define NE_UNARY_KERNELS(name)                                                                                             \
    NE_KERNEL name##_fwd_f32(const float* x, float* y, ne_long n, float a, float b) { unary_fwd<ne_op_##name>(x, y, n, a, b); } \
    NE_KERNEL name##_bwd_f32(const float* saved, const float* dy, float* dx, ne_long n, float a, float b, int accumulate)  \
    {                                                                                                                      \
        unary_bwd<ne_op_##name>(saved, dy, dx, n, a, b, accumulate);                                                       \
    }

NE_UNARY_KERNELS(neg)
NE_UNARY_KERNELS(relu)
NE_UNARY_KERNELS(leaky_relu)
NE_UNARY_KERNELS(sigmoid)
NE_UNARY_KERNELS(tanh)
NE_UNARY_KERNELS(silu)
NE_UNARY_KERNELS(gelu)
NE_UNARY_KERNELS(exp)
NE_UNARY_KERNELS(log)
NE_UNARY_KERNELS(sqrt)
NE_UNARY_KERNELS(pow)
NE_UNARY_KERNELS(abs)
NE_UNARY_KERNELS(clamp)
NE_UNARY_KERNELS(affine)
NE_UNARY_KERNELS(hard_swish)
NE_UNARY_KERNELS(hard_sigmoid)

// y[i] = op(a[i], b[i]), all three dense. y may be a or b.
template <class Op> NE_DEVICE void binary_fwd(const float* a, const float* b, float* y, ne_long n)
{
    ne_long quads = ne_aligned(a, b, y) ? n >> 2 : 0;
    for (ne_long i = ne_start(); i < quads; i += ne_stride())
    {
        float4 u = ne_load4(a, i), v = ne_load4(b, i);
        ne_store4(y, i, { Op::forward(u.x, v.x), Op::forward(u.y, v.y), Op::forward(u.z, v.z), Op::forward(u.w, v.w) });
    }
    for (ne_long i = (quads << 2) + ne_start(); i < n; i += ne_stride()) y[i] = Op::forward(a[i], b[i]);
}

// y[i] = op(a[walk.a(i)], b[walk.b(i)]): y dense, a and b with any strides.
template <class Op> NE_DEVICE void binary_fwd_strided(const float* a, const float* b, float* y, const ne_walk& walk, ne_long n)
{
    for (ne_long i = ne_start(); i < n; i += ne_stride())
    {
        ne_offsets at = ne_locate(walk, (unsigned)i);
        y[i] = Op::forward(a[at.a], b[at.b]);
    }
}

// d[k] (+)= the sum over r of dy op'(a, b) by one operand, for every kept index k and reduced index r.
template <class Op, bool Left> struct binary_slope
{
    const float *a, *b, *dy;
    NE_DEVICE_METHOD float operator()(ne_offsets at) const
    {
        float u = a[at.a], v = b[at.b], g = dy[at.c];
        return Left ? Op::backward_a(u, v, g) : Op::backward_b(u, v, g);
    }
};

#define NE_BINARY_KERNELS(name)                                                                                            \
    NE_KERNEL name##_fwd_f32(const float* a, const float* b, float* y, ne_long n) { binary_fwd<ne_op_##name>(a, b, y, n); } \
    NE_KERNEL name##_fwd_strided_f32(const float* a, const float* b, float* y, ne_walk walk, ne_long n)                    \
    {                                                                                                                      \
        binary_fwd_strided<ne_op_##name>(a, b, y, walk, n);                                                                \
    }                                                                                                                      \
    NE_KERNEL name##_bwd_left_f32(const float* a, const float* b, const float* dy, float* da, ne_walk kept, ne_walk reduced, ne_reduction r) \
    {                                                                                                                      \
        ne_reduce_walk<ne_sum>(binary_slope<ne_op_##name, true>{ a, b, dy }, da, kept, reduced, r);                        \
    }                                                                                                                      \
    NE_KERNEL name##_bwd_right_f32(const float* a, const float* b, const float* dy, float* db, ne_walk kept, ne_walk reduced, ne_reduction r) \
    {                                                                                                                      \
        ne_reduce_walk<ne_sum>(binary_slope<ne_op_##name, false>{ a, b, dy }, db, kept, reduced, r);                       \
    }

NE_BINARY_KERNELS(add)
NE_BINARY_KERNELS(sub)
NE_BINARY_KERNELS(mul)
NE_BINARY_KERNELS(div)
NE_BINARY_KERNELS(max)
NE_BINARY_KERNELS(min)

// y[i] (+)= x[i] scale where the i-th random number reaches the threshold (p times 2^24, rounded up), else 0. One Philox
// block serves four neighbours, so thread i takes elements 4i ... 4i+3. y may be x.
NE_KERNEL dropout_f32(const float* x, float* y, ne_long n, unsigned threshold, float scale, ne_philox_key key, int accumulate)
{
    bool aligned = ne_aligned(x, y);
    for (ne_long q = ne_start(); q < (n + 3) >> 2; q += ne_stride())
    {
        uint4 random = ne_philox(key, (ne_ulong)q);
        float4 keep = { random.x >> 8 >= threshold ? scale : 0.0f, random.y >> 8 >= threshold ? scale : 0.0f,
                        random.z >> 8 >= threshold ? scale : 0.0f, random.w >> 8 >= threshold ? scale : 0.0f };
        ne_long i = q << 2;
        if (aligned && i + 4 <= n)
        {
            float4 v = ne_load4(x, q);
            float4 d = { ne_keep(v.x, keep.x), ne_keep(v.y, keep.y), ne_keep(v.z, keep.z), ne_keep(v.w, keep.w) };
            ne_store4(y, q, accumulate ? ne_add4(ne_load4(y, q), d) : d);
            continue;
        }
        if (i < n) y[i] = ne_keep(x[i], keep.x) + (accumulate ? y[i] : 0.0f);
        if (i + 1 < n) y[i + 1] = ne_keep(x[i + 1], keep.y) + (accumulate ? y[i + 1] : 0.0f);
        if (i + 2 < n) y[i + 2] = ne_keep(x[i + 2], keep.z) + (accumulate ? y[i + 2] : 0.0f);
        if (i + 3 < n) y[i + 3] = ne_keep(x[i + 3], keep.w) + (accumulate ? y[i + 3] : 0.0f);
    }
}
