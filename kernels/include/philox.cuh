// Philox4x32-10 (Salmon et al., SC 2011): the stream of NativeEngine.Core's Philox class, word for word.
// Key = (seed low, seed high), counter = (block low, block high, step, stream), block = element / 4.
#pragma once
#include "compiler.cuh"

// Laid out as Core's PhiloxKey is passed to kernels.
struct ne_philox_key
{
    ne_ulong seed;
    unsigned stream, step;
};

NE_DEVICE uint4 ne_philox(ne_philox_key key, ne_ulong block)
{
    unsigned c0 = (unsigned)block, c1 = (unsigned)(block >> 32), c2 = key.step, c3 = key.stream;
    unsigned k0 = (unsigned)key.seed, k1 = (unsigned)(key.seed >> 32);
#pragma unroll
    for (int round = 0; round < 10; round++)
    {
        unsigned high0 = __umulhi(0xD2511F53u, c0), low0 = 0xD2511F53u * c0;
        unsigned high1 = __umulhi(0xCD9E8D57u, c2), low1 = 0xCD9E8D57u * c2;
        c0 = high1 ^ c1 ^ k0;
        c1 = low1;
        c2 = high0 ^ c3 ^ k1;
        c3 = low0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return { c0, c1, c2, c3 };
}

// A float in [0, 1): the upper 24 bits times 2^-24.
NE_DEVICE float ne_uniform(unsigned bits) { return (float)(int)(bits >> 8) * 5.9604644775390625e-8f; }

// x times its dropout factor; 0 where it is dropped, even if x is infinite or NaN.
NE_DEVICE float ne_keep(float x, float factor) { return factor == 0.0f ? 0.0f : x * factor; }
