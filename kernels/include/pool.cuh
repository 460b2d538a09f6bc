// Pooling windows, and the order in which pooling kernels go through an image.
#pragma once
#include "compiler.cuh"

// Sizes of a pooling, laid out as PoolShape in NativeEngine.Cuda.
struct ne_pool
{
    int n, c, h, w, r, s, stride_h, stride_w, pad_h, pad_w, p, q;
    int adaptive, count_include_pad;
};

// What output i of a dimension covers, cut at the image, and its share of the divisor.
struct ne_span
{
    int start, end, divisor;
};

NE_DEVICE ne_span ne_pool_span(int i, int size, int outputs, int window, int stride, int pad, const ne_pool& g)
{
    if (g.adaptive)
    {
        int start = (int)((ne_long)i * size / outputs), end = (int)(((ne_long)(i + 1) * size + outputs - 1) / outputs);
        return { start, end, end - start };
    }
    int start = i * stride - pad, limit = start + window;
    int padded = (limit < size + pad ? limit : size + pad) - start;
    int end = limit < size ? limit : size;
    start = start < 0 ? 0 : start;
    return { start, end, g.count_include_pad ? padded : end - start };
}

// The outputs first ... last of a dimension that cover input i.
struct ne_range
{
    int first, last;
};

NE_DEVICE ne_range ne_pool_readers(int i, int size, int outputs, int window, int stride, int pad, const ne_pool& g)
{
    if (g.adaptive) return { (int)((ne_long)i * outputs / size), (int)(((ne_long)(i + 1) * outputs + size - 1) / size) - 1 };
    int reach = i + pad - window, last = (i + pad) / stride;
    return { reach < 0 ? 0 : reach / stride + 1, last < outputs ? last : outputs - 1 };
}

#define NE_POOL_STRIP 32

// out (+)= value(n, h, w, c) for every element of channels-last images. A block takes a strip of NE_POOL_STRIP rows, 16 columns and 16
// channels (fewer of one, more of the other where an image is narrow or has few channels), and goes down it row by row, all its warps
// together: what windows share is then still in the multiprocessor's cache, and a warp whose lanes parted stores as one again.
template <class Value> NE_DEVICE void ne_pool_walk(float* out, int images, int height, int width, int channels, int accumulate, Value value)
{
    int columns = 16;
    while (columns / 2 >= width) columns /= 2;
    int across = (int)blockDim.x / columns;
    while (across / 2 >= channels) { across /= 2; columns *= 2; }
    int slabs = (channels + across - 1) / across, blocks = (width + columns - 1) / columns, strips = (height + NE_POOL_STRIP - 1) / NE_POOL_STRIP;
    for (ne_long tile = blockIdx.x; tile < (ne_long)images * strips * blocks * slabs; tile += gridDim.x)
    {
        int c = (int)(tile % slabs) * across + (int)threadIdx.x % across, w = (int)(tile / slabs % blocks) * columns + (int)threadIdx.x / across;
        int strip = (int)(tile / slabs / blocks % strips), n = (int)(tile / slabs / blocks / strips);
        int end = (strip + 1) * NE_POOL_STRIP < height ? (strip + 1) * NE_POOL_STRIP : height;
        bool active = w < width && c < channels;
        for (int h = strip * NE_POOL_STRIP; h < end; h++)
        {
            float v = active ? value(n, h, w, c) : 0.0f;
            __syncthreads();
            if (!active) continue;
            ne_long i = (((ne_long)n * height + h) * width + w) * channels + c;
            out[i] = accumulate ? out[i] + v : v;
        }
    }
}
