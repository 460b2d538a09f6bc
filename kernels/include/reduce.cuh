// Sums and maxima over a warp or a block, always combined in the same order: lane distance 16, 8, 4, 2, 1, then the
// warps likewise. The same inputs give the same bits on every launch.
#pragma once
#include "math.cuh"
#include "walk.cuh"

struct ne_sum
{
    static __device__ __forceinline__ float identity() { return 0.0f; }
    static __device__ __forceinline__ float combine(float a, float b) { return a + b; }
};

struct ne_maximum
{
    static __device__ __forceinline__ float identity() { return -NE_INFINITY; }
    static __device__ __forceinline__ float combine(float a, float b) { return ne_max(a, b); }
};

template <class Op> NE_DEVICE float ne_warp_reduce(float v)
{
#pragma unroll
    for (int distance = 16; distance > 0; distance >>= 1) v = Op::combine(v, __shfl_xor_sync(NE_ALL_LANES, v, distance));
    return v;
}

// Combines one value per thread of a one-dimensional block of whole warps (32 to 256 threads); every thread gets the result.
template <class Op> NE_DEVICE float ne_block_reduce(float v)
{
    __shared__ float partial[NE_BLOCK / NE_WARP];
    v = ne_warp_reduce<Op>(v);
    int warps = (int)blockDim.x / NE_WARP;
    if (warps == 1) return v;
    int lane = (int)threadIdx.x % NE_WARP;
    __syncthreads(); // the values of an earlier call have been read
    if (lane == 0) partial[threadIdx.x / NE_WARP] = v;
    __syncthreads();
    return ne_warp_reduce<Op>(lane < warps ? partial[lane] : Op::identity());
}

// One reduction over a strided view, as ReducePlan in NativeEngine.Cuda lays it out. Every block takes `lanes` threads per
// result; with several chunks (grid y) it writes partial results, which a second launch combines.
struct ne_reduction
{
    ne_long kept, reduced; // number of results, and of elements behind each
    ne_long chunk;         // reduced elements per block row
    int lanes;             // threads that share one result: a power of two up to the block size
    float scale;           // the result is multiplied by it
    int accumulate;        // add to what is there
};

// out[chunk][k] (+)= scale * combine over r of value(offsets of k + offsets of r).
template <class Op, class Value>
NE_DEVICE void ne_reduce_walk(Value value, float* out, const ne_walk& kept, const ne_walk& reduced, ne_reduction r)
{
    __shared__ float partial[NE_BLOCK];
    int results = (int)blockDim.x / r.lanes;
    int result = (int)threadIdx.x % results, lane = (int)threadIdx.x / results;
    ne_long k = (ne_long)blockIdx.x * results + result;
    float sum = Op::identity();
    if (k < r.kept)
    {
        ne_offsets base = ne_locate(kept, (unsigned)k);
        ne_long begin = blockIdx.y * r.chunk, end = begin + r.chunk < r.reduced ? begin + r.chunk : r.reduced;
        for (ne_long i = begin + lane; i < end; i += r.lanes)
        {
            ne_offsets at = ne_locate(reduced, (unsigned)i);
            sum = Op::combine(sum, value(ne_offsets{ base.a + at.a, base.b + at.b, base.c + at.c }));
        }
    }
    partial[threadIdx.x] = sum;
    __syncthreads();
    for (int half = r.lanes >> 1; half > 0; half >>= 1)
    {
        if (lane < half) partial[threadIdx.x] = Op::combine(partial[threadIdx.x], partial[threadIdx.x + half * results]);
        __syncthreads();
    }
    if (lane == 0 && k < r.kept)
    {
        float total = partial[threadIdx.x] * r.scale;
        ne_long to = blockIdx.y * r.kept + k;
        out[to] = r.accumulate ? out[to] + total : total;
    }
}
