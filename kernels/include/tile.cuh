// The tiled matrix product that GEMM and the convolutions share: C[m][n] = sum over k of A(m, k) B(k, n), where A and B are
// functions that know how to find an element. A block of 256 threads computes a 64 x 64 tile, 16 deep at a time; thread
// (row, column) of 16 x 16 keeps 4 x 4 results. k runs in rising order with fmaf, so the bits never change.
#pragma once
#include "compiler.cuh"

#define NE_TILE 64
#define NE_DEPTH 16

// An operand has: types position_t and depth_t; position(i) for a row of A or column of B, depth(k), and value(position, depth),
// which is 0 outside the matrix. `depth_first` says that neighbours along k are neighbours in memory.
template <class Operand> NE_DEVICE void ne_load_tile(const Operand& operand, const typename Operand::position_t* positions, int k, float (*tile)[NE_TILE + 4])
{
    int t = (int)threadIdx.x;
    if (Operand::depth_first)
    {
        typename Operand::depth_t depth = operand.depth(k + t % NE_DEPTH);
#pragma unroll
        for (int i = 0; i < 4; i++) tile[t % NE_DEPTH][t / NE_DEPTH + 16 * i] = operand.value(positions[i], depth);
    }
    else
    {
#pragma unroll
        for (int i = 0; i < 4; i++) tile[t / NE_TILE + 4 * i][t % NE_TILE] = operand.value(positions[0], operand.depth(k + t / NE_TILE + 4 * i));
    }
}

template <class Operand> NE_DEVICE void ne_tile_positions(const Operand& operand, int first, typename Operand::position_t* positions)
{
    int t = (int)threadIdx.x;
#pragma unroll
    for (int i = 0; i < (Operand::depth_first ? 4 : 1); i++)
        positions[i] = operand.position(first + (Operand::depth_first ? t / NE_DEPTH + 16 * i : t % NE_TILE));
}

// Result is called with (m, n, value) for the 16 elements of each thread, also outside the matrix.
template <class A, class B, class Result> NE_DEVICE void ne_tile_product(const A& a, const B& b, int k_begin, int k_end, const Result& result)
{
    alignas(16) __shared__ float left[NE_DEPTH][NE_TILE + 4], right[NE_DEPTH][NE_TILE + 4];
    int m0 = (int)blockIdx.x * NE_TILE, n0 = (int)blockIdx.y * NE_TILE;
    int row = (int)threadIdx.x / 16 * 4, column = (int)threadIdx.x % 16 * 4;
    typename A::position_t rows[4];
    typename B::position_t columns[4];
    ne_tile_positions(a, m0, rows);
    ne_tile_positions(b, n0, columns);
    float sum[4][4] = {};
    for (int k = k_begin; k < k_end; k += NE_DEPTH)
    {
        ne_load_tile(a, rows, k, left);
        ne_load_tile(b, columns, k, right);
        __syncthreads();
#pragma unroll
        for (int d = 0; d < NE_DEPTH; d++)
        {
            float4 u = *reinterpret_cast<const float4*>(&left[d][row]), v = *reinterpret_cast<const float4*>(&right[d][column]);
            const float us[4] = { u.x, u.y, u.z, u.w }, vs[4] = { v.x, v.y, v.z, v.w };
#pragma unroll
            for (int i = 0; i < 4; i++)
#pragma unroll
                for (int j = 0; j < 4; j++) sum[i][j] = fmaf(us[i], vs[j], sum[i][j]);
        }
        __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < 4; i++)
#pragma unroll
        for (int j = 0; j < 4; j++) result(m0 + row + i, n0 + column + j, sum[i][j]);
}
