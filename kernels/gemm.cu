// Matrix products, row-major, for machines without cuBLAS and as its oracle.
#include "include/tile.cuh"

// Sizes of C[b] = op(A[b]) op(B[b]), laid out as GemmShape in NativeEngine.Cuda.
struct ne_gemm
{
    int m, n, k;
    ne_long stride_a, stride_b; // elements from one matrix of a batch to the next; C lies dense
};

// A dense operand: `extent` positions, `length` deep; Transposed says that positions, not depth, are neighbours in memory.
template <bool DepthFirst> struct matrix_operand
{
    static constexpr bool depth_first = DepthFirst;
    typedef ne_long position_t;
    typedef int depth_t;
    const float* data;
    int extent, length;
    NE_DEVICE_METHOD ne_long position(int i) const { return i < extent ? (DepthFirst ? (ne_long)i * length : i) : -1; }
    NE_DEVICE_METHOD int depth(int k) const { return k; }
    NE_DEVICE_METHOD float value(ne_long at, int k) const
    {
        return at >= 0 && k < length ? data[DepthFirst ? at + k : at + (ne_long)k * extent] : 0.0f;
    }
};

struct matrix_result
{
    float* c;
    const float* bias;
    int m, n, accumulate;
    NE_DEVICE_METHOD void operator()(int row, int column, float value) const
    {
        if (row >= m || column >= n) return;
        ne_long at = (ne_long)row * n + column;
        if (bias) value += bias[column];
        c[at] = accumulate ? c[at] + value : value;
    }
};

template <bool TransA, bool TransB> NE_DEVICE void gemm(const float* a, const float* b, const float* bias, float* c, const ne_gemm& s, int accumulate)
{
    ne_long batch = blockIdx.z;
    matrix_operand<!TransA> left = { a + batch * s.stride_a, s.m, s.k };
    matrix_operand<TransB> right = { b + batch * s.stride_b, s.n, s.k };
    matrix_result result = { c + batch * s.m * s.n, bias, s.m, s.n, accumulate };
    ne_tile_product(left, right, 0, s.k, result);
}

// C (+)= op(A) op(B) + bias; n: as it is, t: transposed. bias [n] or null. Grid (m / 64, n / 64, batch), block 256.
NE_KERNEL gemm_nn_f32(const float* a, const float* b, const float* bias, float* c, ne_gemm s, int accumulate) { gemm<false, false>(a, b, bias, c, s, accumulate); }
NE_KERNEL gemm_nt_f32(const float* a, const float* b, const float* bias, float* c, ne_gemm s, int accumulate) { gemm<false, true>(a, b, bias, c, s, accumulate); }
NE_KERNEL gemm_tn_f32(const float* a, const float* b, const float* bias, float* c, ne_gemm s, int accumulate) { gemm<true, false>(a, b, bias, c, s, accumulate); }
NE_KERNEL gemm_tt_f32(const float* a, const float* b, const float* bias, float* c, ne_gemm s, int accumulate) { gemm<true, true>(a, b, bias, c, s, accumulate); }
