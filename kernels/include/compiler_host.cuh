// The CUDA names for a host C++ compiler, one fiber per GPU thread. It exists so that a test can run the kernel sources
// natively and compare with the software GPU: two independent translations of the same text must give the same bits.
//
// Blocks run one after the other. Inside a block every thread is a fiber (ucontext) that runs until it waits: at
// __syncthreads for the block, at a warp intrinsic for its warp. __shared__ is `static`, which is right because only one
// block runs at a time.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <ucontext.h>
#include <vector>

#define __global__
#define __device__
#define __shared__ static
#define __constant__ static const
#define __forceinline__ inline
#define __launch_bounds__(...)

namespace ne_host
{
struct index3 { unsigned x, y, z; };

// A barrier of `alive` fibers; a fiber that returns from the kernel no longer counts, as on Volta and later.
struct barrier
{
    int alive = 0, arrived = 0;
    unsigned generation = 0;
    void release_if_full()
    {
        if (arrived != 0 && arrived == alive) { arrived = 0; generation++; }
    }
};

struct fiber
{
    ucontext_t context;
    index3 thread;
    unsigned linear;
    bool done;
};

struct warp_state
{
    barrier sync;
    uint32_t slots[2][32]; // two sets: a fast lane may write its next value while a slow one still reads
};

inline index3 grid, block, block_index;
inline std::vector<fiber> fibers;
inline std::vector<warp_state> warps;
inline std::vector<char> stacks;
inline barrier block_sync;
inline ucontext_t scheduler;
inline fiber* current;
inline std::function<void()> body;

inline void yield() { swapcontext(&current->context, &scheduler); }

inline void wait(barrier& b)
{
    unsigned generation = b.generation;
    b.arrived++;
    b.release_if_full();
    while (b.generation == generation) yield();
}

inline void fiber_main()
{
    body();
    current->done = true;
    block_sync.alive--;
    block_sync.release_if_full();
    barrier& w = warps[current->linear / 32].sync;
    w.alive--;
    w.release_if_full();
    yield();
}

// Runs the current block to its end; returns false when every live fiber waits for ever.
inline bool run_block()
{
    const size_t stack = 64 * 1024;
    unsigned count = block.x * block.y * block.z;
    fibers.resize(count);
    warps.assign((count + 31) / 32, warp_state());
    stacks.resize(stack * count);
    block_sync = barrier();
    block_sync.alive = (int)count;
    for (unsigned t = 0; t < count; t++)
    {
        fiber& f = fibers[t];
        f.thread = { t % block.x, t / block.x % block.y, t / (block.x * block.y) };
        f.linear = t;
        f.done = false;
        warps[t / 32].sync.alive++;
        getcontext(&f.context);
        f.context.uc_stack.ss_sp = stacks.data() + stack * t;
        f.context.uc_stack.ss_size = stack;
        f.context.uc_link = nullptr;
        makecontext(&f.context, fiber_main, 0);
    }
    for (unsigned left = count; left != 0;)
    {
        unsigned before = left, generations = block_sync.generation;
        for (warp_state& w : warps) generations += w.sync.generation;
        for (fiber& f : fibers)
        {
            if (f.done) continue;
            current = &f;
            swapcontext(&scheduler, &f.context);
            if (f.done) left--;
        }
        unsigned after = block_sync.generation;
        for (warp_state& w : warps) after += w.sync.generation;
        if (left == before && after == generations && left != 0) return false;
    }
    return true;
}

// Every lane of the warp gives a value; returns the set of values once all lanes that are still running have given theirs.
template <class T> inline const uint32_t* exchange(T value)
{
    static_assert(sizeof(T) == 4, "warp intrinsics move 32 bits");
    warp_state& w = warps[current->linear / 32];
    uint32_t* set = w.slots[w.sync.generation & 1];
    memcpy(&set[current->linear % 32], &value, 4);
    wait(w.sync);
    return set;
}

template <class T> inline T shuffle_xor(T value, int lane)
{
    const uint32_t* set = exchange(value);
    T r;
    memcpy(&r, &set[(current->linear % 32) ^ (unsigned)lane], 4);
    return r;
}

inline unsigned ballot(int p)
{
    const uint32_t* set = exchange(p);
    unsigned bits = 0;
    for (int lane = 0; lane < 32; lane++)
        if (current->linear / 32 * 32 + lane < fibers.size() && set[lane] != 0) bits |= 1u << lane;
    return bits;
}
} // namespace ne_host

#define threadIdx (ne_host::current->thread)
#define blockIdx ne_host::block_index
#define blockDim ne_host::block
#define gridDim ne_host::grid

inline void __syncthreads() { ne_host::wait(ne_host::block_sync); }
template <class T> inline T __shfl_xor_sync(unsigned, T v, int lane) { return ne_host::shuffle_xor(v, lane); }
inline unsigned __ballot_sync(unsigned, int p) { return ne_host::ballot(p); }
inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)(((uint64_t)a * b) >> 32); }
inline int __float_as_int(float f) { int i; memcpy(&i, &f, 4); return i; }
inline float __int_as_float(int i) { float f; memcpy(&f, &i, 4); return f; }
inline double __longlong_as_double(long long i) { double d; memcpy(&d, &i, 8); return d; }
inline long long __double_as_longlong(double d) { long long i; memcpy(&i, &d, 8); return i; }
using std::fabs;
using ::fabsf;
using ::fma;
using ::fmaf;
using ::sqrt;
using ::sqrtf;

struct alignas(16) float4 { float x, y, z, w; };
struct alignas(16) uint4 { unsigned x, y, z, w; };
