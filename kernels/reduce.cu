// Sum, mean and maximum over any dimensions; arg-max and top-k along rows.
#include "include/reduce.cuh"
#include "include/walk.cuh"

struct load_value
{
    const float* x;
    NE_DEVICE_METHOD float operator()(ne_offsets at) const { return x[at.a]; }
};

// y[k] (+)= scale * sum over r of x[kept.a(k) + reduced.a(r)]; the mean is a sum with scale 1/n.
NE_KERNEL reduce_sum_f32(const float* x, float* y, ne_walk kept, ne_walk reduced, ne_reduction r)
{
    ne_reduce_walk<ne_sum>(load_value{ x }, y, kept, reduced, r);
}

// y[k] (+)= scale * max over r; NaN wins.
NE_KERNEL reduce_max_f32(const float* x, float* y, ne_walk kept, ne_walk reduced, ne_reduction r)
{
    ne_reduce_walk<ne_maximum>(load_value{ x }, y, kept, reduced, r);
}

// A value with its position. `before` orders by falling value, then by rising position; NaN is larger than any number.
struct ne_ranked
{
    float value;
    int index;
};

NE_DEVICE bool ne_before(ne_ranked a, ne_ranked b)
{
    bool nan_a = ne_isnan(a.value), nan_b = ne_isnan(b.value);
    if (nan_a != nan_b) return nan_a;
    if (!nan_a && a.value != b.value) return a.value > b.value;
    return a.index < b.index;
}

#define NE_NO_INDEX 0x7fffffff

// The first of the block in that order; every thread gets it. The block has a power of two of threads, 32 to 256.
NE_DEVICE ne_ranked ne_block_first(ne_ranked mine)
{
    __shared__ float values[NE_BLOCK / NE_WARP];
    __shared__ int indices[NE_BLOCK / NE_WARP];
#pragma unroll
    for (int distance = 16; distance > 0; distance >>= 1)
    {
        ne_ranked other = { __shfl_xor_sync(NE_ALL_LANES, mine.value, distance), __shfl_xor_sync(NE_ALL_LANES, mine.index, distance) };
        if (ne_before(other, mine)) mine = other;
    }
    int warps = (int)blockDim.x / NE_WARP;
    if (warps == 1) return mine;
    __syncthreads();
    if (threadIdx.x % NE_WARP == 0)
    {
        values[threadIdx.x / NE_WARP] = mine.value;
        indices[threadIdx.x / NE_WARP] = mine.index;
    }
    __syncthreads();
    ne_ranked first = { values[0], indices[0] };
    for (int w = 1; w < warps; w++)
    {
        ne_ranked other = { values[w], indices[w] };
        if (ne_before(other, first)) first = other;
    }
    return first;
}

// dx (+)= dy at the first largest element of every reduced set, in the order of the reduced walk; elsewhere 0 when overwriting.
// One block per result. NaN counts as largest.
NE_KERNEL reduce_max_bwd_f32(const float* x, const float* dy, float* dx, ne_walk kept, ne_walk reduced, ne_long n_kept, ne_long n_reduced, int accumulate)
{
    for (ne_long k = blockIdx.x; k < n_kept; k += gridDim.x)
    {
        ne_long base = ne_locate(kept, (unsigned)k).a;
        ne_ranked best = { -NE_INFINITY, NE_NO_INDEX };
        for (ne_long i = threadIdx.x; i < n_reduced; i += blockDim.x)
        {
            ne_ranked other = { x[base + ne_locate(reduced, (unsigned)i).a], (int)i };
            if (ne_before(other, best)) best = other;
        }
        best = ne_block_first(best);
        float g = dy[k];
        for (ne_long i = threadIdx.x; i < n_reduced; i += blockDim.x)
        {
            ne_long at = base + ne_locate(reduced, (unsigned)i).a;
            float d = i == best.index ? g : 0.0f;
            if (!accumulate) dx[at] = d;
            else if (i == best.index) dx[at] = dx[at] + d;
        }
    }
}

// The k largest of every row of x [rows, n] in falling order, ties by lowest index; values may be null. One block per row:
// each round finds the first element behind the one found before. k = 1 is arg-max.
NE_KERNEL top_k_f32(const float* x, float* values, int* index, ne_long rows, int n, int k)
{
    for (ne_long row = blockIdx.x; row < rows; row += gridDim.x)
    {
        const float* p = x + row * n;
        ne_ranked last = { 0.0f, -1 };
        for (int j = 0; j < k; j++)
        {
            ne_ranked best = { -NE_INFINITY, NE_NO_INDEX };
            for (int i = (int)threadIdx.x; i < n; i += (int)blockDim.x)
            {
                ne_ranked other = { p[i], i };
                if ((j == 0 || ne_before(last, other)) && ne_before(other, best)) best = other;
            }
            last = ne_block_first(best);
            if (threadIdx.x == 0)
            {
                if (values) values[row * k + j] = last.value;
                index[row * k + j] = last.index;
            }
        }
    }
}

// dx[r, index[r, j]] (+)= dy[r, j]; the indices of a row differ, so no two threads meet.
NE_KERNEL top_k_bwd_f32(const int* index, const float* dy, float* dx, ne_long rows, int n, int k, int accumulate)
{
    for (ne_long i = ne_start(); i < rows * k; i += ne_stride())
    {
        int column = index[i];
        if (column < 0 || column >= n) continue;
        ne_long at = i / k * n + column;
        dx[at] = accumulate ? dx[at] + dy[i] : dy[i];
    }
}
