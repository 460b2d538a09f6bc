// How to step through up to three tensors of one shape together: extents, outermost first, and each tensor's element
// strides (0 where it repeats). The host collapses neighbouring dimensions, so the rank is usually 1 or 2.
#pragma once
#include "compiler.cuh"

#define NE_MAX_RANK 6

// Laid out as KernelWalk in NativeEngine.Cuda.
struct ne_walk
{
    int rank;
    unsigned extent[NE_MAX_RANK];
    ne_long a[NE_MAX_RANK], b[NE_MAX_RANK], c[NE_MAX_RANK];
};

struct ne_offsets
{
    ne_long a, b, c;
};

// The offsets of element `index`, counted in row-major order of the extents.
NE_DEVICE ne_offsets ne_locate(const ne_walk& walk, unsigned index)
{
    ne_offsets at = { 0, 0, 0 };
#pragma unroll
    for (int d = NE_MAX_RANK - 1; d >= 0; d--)
    {
        if (d >= walk.rank) continue;
        unsigned outer = d == 0 ? 0 : index / walk.extent[d];
        unsigned here = index - outer * walk.extent[d];
        at.a += here * walk.a[d];
        at.b += here * walk.b[d];
        at.c += here * walk.c[d];
        index = outer;
    }
    return at;
}
