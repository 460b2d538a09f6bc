// How threads share the work on channels-last [rows, channels] matrices, and what they put together per channel.
#pragma once
#include "compiler.cuh"

// Which channel and which of its rows a thread of a channels-last [rows, channels] block works on: `lanes` threads share a
// channel (a power of two), neighbours in the block take neighbouring channels.
struct ne_column
{
    int channel, lane, columns;
    bool active;
};

NE_DEVICE ne_column ne_my_column(int channels, int lanes)
{
    int columns = (int)blockDim.x / lanes;
    int channel = (int)blockIdx.x * columns + (int)threadIdx.x % columns;
    return { channel, (int)threadIdx.x / columns, columns, channel < channels };
}

// Sums one value per thread over the lanes of each column, in a fixed order; every lane gets the sum.
template <class T> NE_DEVICE T ne_column_sum(T v, ne_column me, int lanes, T* shared)
{
    __syncthreads(); // the previous result has been read
    shared[threadIdx.x] = v;
    __syncthreads();
    for (int half = lanes >> 1; half > 0; half >>= 1)
    {
        if (me.lane < half) shared[threadIdx.x] += shared[threadIdx.x + half * me.columns];
        __syncthreads();
    }
    return shared[threadIdx.x % me.columns];
}

// Four neighbouring channels of every step-th row from `row` on: a thread keeps its channels, so that what belongs to a channel
// is loaded once. `width` threads lie side by side, the threads behind them take the next rows; grid x is a multiple of the
// blocks that a row needs.
struct ne_quad_rows
{
    int quad, quads;
    ne_long row, step;
    bool active;
};

NE_DEVICE ne_quad_rows ne_my_quad(int channels, int width)
{
    int quads = channels >> 2, across = (quads + width - 1) / width, lanes = (int)blockDim.x / width, lane = (int)threadIdx.x / width;
    int quad = (int)blockIdx.x % across * width + (int)threadIdx.x % width;
    return { quad, quads, (ne_long)((int)blockIdx.x / across) * lanes + lane, (ne_long)((int)gridDim.x / across) * lanes, lane < lanes && quad < quads };
}
