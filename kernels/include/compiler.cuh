// What every kernel file includes first: the few CUDA names the kernels use, under three compilers.
//   clang without an SDK (NE_BARE_CLANG; the committed PTX is built this way) : compiler_clang.cuh
//   nvcc                                                                      : the real CUDA headers
//   a host C++ compiler, for the differential test (NE_HOST_SIMT)             : compiler_host.cuh
// Nothing here or in the kernels uses inline PTX or an approximate instruction, so all three give the same bits.
#pragma once

#if defined(NE_HOST_SIMT)
#include "compiler_host.cuh"
#elif defined(NE_BARE_CLANG)
#include "compiler_clang.cuh"
#endif

// Every kernel runs with this many threads per block or fewer (the PTX says .maxntid 256).
#define NE_BLOCK 256
#define NE_WARP 32
#define NE_ALL_LANES 0xffffffffu

#define NE_DEVICE static __device__ __forceinline__
#define NE_DEVICE_METHOD __device__ __forceinline__
#define NE_KERNEL extern "C" __global__ void __launch_bounds__(NE_BLOCK)

typedef long long ne_long;
typedef unsigned long long ne_ulong;
typedef unsigned char ne_byte;

// Grid-stride loops: for (i = ne_start(); i < n; i += ne_stride()).
NE_DEVICE ne_long ne_start() { return (ne_long)blockIdx.x * blockDim.x + threadIdx.x; }
NE_DEVICE ne_long ne_stride() { return (ne_long)gridDim.x * blockDim.x; }

// An address kept in memory as a number, as a pointer into global memory: clang then need not use generic addressing.
#if defined(NE_BARE_CLANG)
NE_DEVICE float* ne_global(ne_ulong address) { return (float*)(__attribute__((address_space(1))) float*)address; }
#else
NE_DEVICE float* ne_global(ne_ulong address) { return (float*)address; }
#endif
