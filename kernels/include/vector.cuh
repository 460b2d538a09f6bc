// 16-byte access: kernels read and write four floats at a time where all pointers allow it.
#pragma once
#include "compiler.cuh"

NE_DEVICE bool ne_aligned(const void* a) { return ((ne_ulong)a & 15) == 0; }
NE_DEVICE bool ne_aligned(const void* a, const void* b) { return (((ne_ulong)a | (ne_ulong)b) & 15) == 0; }
NE_DEVICE bool ne_aligned(const void* a, const void* b, const void* c) { return (((ne_ulong)a | (ne_ulong)b | (ne_ulong)c) & 15) == 0; }

NE_DEVICE float4 ne_load4(const float* p, ne_long quad) { return reinterpret_cast<const float4*>(p)[quad]; }
NE_DEVICE void ne_store4(float* p, ne_long quad, float4 v) { reinterpret_cast<float4*>(p)[quad] = v; }
NE_DEVICE float4 ne_splat4(float v) { return { v, v, v, v }; }
NE_DEVICE float4 ne_add4(float4 a, float4 b) { return { a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w }; }
