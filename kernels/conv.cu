// Convolution twice over, and pooling. conv_*: one thread per result, the formula read off the page; the right one for
// depthwise and narrow groups. conv_tiled_*: the same sums as a tiled product (implicit GEMM, nothing is unrolled in memory).
// Images are channels-last [N, H, W, C], filters [K, R, S, C/groups].
#include "include/math.cuh"
#include "include/tile.cuh"
#include "include/pool.cuh"

// Sizes of a convolution, laid out as ConvShape in NativeEngine.Cuda. Output (p, q) reads row p stride_h - pad_h + r dilation_h.
struct ne_conv
{
    int n, c, h, w, k, r, s, stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w, groups, p, q;
};

// y = x * w + bias.
NE_KERNEL conv_fwd_f32(const float* __restrict__ x, const float* __restrict__ w, const float* __restrict__ bias, float* __restrict__ y, ne_conv g)
{
    int cg = g.c / g.groups, kg = g.k / g.groups;
    ne_long total = (ne_long)g.n * g.p * g.q * g.k;
    for (ne_long i = ne_start(); i < total; i += ne_stride())
    {
        int k = (int)(i % g.k), q = (int)(i / g.k % g.q), p = (int)(i / g.k / g.q % g.p), n = (int)(i / g.k / g.q / g.p);
        float sum = 0.0f;
        for (int r = 0; r < g.r; r++)
        {
            int h = p * g.stride_h - g.pad_h + r * g.dilation_h;
            if (h < 0 || h >= g.h) continue;
            for (int s = 0; s < g.s; s++)
            {
                int v = q * g.stride_w - g.pad_w + s * g.dilation_w;
                if (v < 0 || v >= g.w) continue;
                const float* from = x + (((ne_long)n * g.h + h) * g.w + v) * g.c + k / kg * cg;
                const float* filter = w + (((ne_long)k * g.r + r) * g.s + s) * cg;
                for (int c = 0; c < cg; c++) sum = fmaf(from[c], filter[c], sum);
            }
        }
        y[i] = bias ? sum + bias[k] : sum;
    }
}

// The output row that reads input row h through filter row r, or -1.
NE_DEVICE int ne_conv_source(int h, int r, int stride, int pad, int dilation, int outputs)
{
    int reach = h + pad - r * dilation;
    return reach >= 0 && reach % stride == 0 && reach / stride < outputs ? reach / stride : -1;
}

// dx (+)= the gradient of the input: every output that read this input gives its share.
NE_KERNEL conv_bwd_data_f32(const float* __restrict__ w, const float* __restrict__ dy, float* __restrict__ dx, ne_conv g, int accumulate)
{
    int cg = g.c / g.groups, kg = g.k / g.groups;
    ne_long total = (ne_long)g.n * g.h * g.w * g.c;
    for (ne_long i = ne_start(); i < total; i += ne_stride())
    {
        int c = (int)(i % g.c), v = (int)(i / g.c % g.w), h = (int)(i / g.c / g.w % g.h), n = (int)(i / g.c / g.w / g.h);
        int group = c / cg;
        float sum = 0.0f;
        for (int r = 0; r < g.r; r++)
        {
            int p = ne_conv_source(h, r, g.stride_h, g.pad_h, g.dilation_h, g.p);
            if (p < 0) continue;
            for (int s = 0; s < g.s; s++)
            {
                int q = ne_conv_source(v, s, g.stride_w, g.pad_w, g.dilation_w, g.q);
                if (q < 0) continue;
                const float* from = dy + (((ne_long)n * g.p + p) * g.q + q) * g.k + group * kg;
                const float* filter = w + (((ne_long)group * kg * g.r + r) * g.s + s) * cg + (c - group * cg);
                for (int k = 0; k < kg; k++) sum = fmaf(from[k], filter[(ne_long)k * g.r * g.s * cg], sum);
            }
        }
        dx[i] = accumulate ? dx[i] + sum : sum;
    }
}

// partial[chunk] = the gradient of the filter over a chunk of the N P Q output pixels (grid y); reduce_sum adds the chunks.
NE_KERNEL conv_bwd_filter_f32(const float* __restrict__ x, const float* __restrict__ dy, float* __restrict__ partial, ne_conv g, ne_long chunk)
{
    int cg = g.c / g.groups, kg = g.k / g.groups;
    ne_long total = (ne_long)g.k * g.r * g.s * cg, pixels = (ne_long)g.n * g.p * g.q;
    ne_long begin = blockIdx.y * chunk, end = begin + chunk < pixels ? begin + chunk : pixels;
    for (ne_long i = ne_start(); i < total; i += ne_stride())
    {
        int c = (int)(i % cg), s = (int)(i / cg % g.s), r = (int)(i / cg / g.s % g.r), k = (int)(i / cg / g.s / g.r);
        float sum = 0.0f;
        for (ne_long pixel = begin; pixel < end; pixel++)
        {
            int q = (int)(pixel % g.q), p = (int)(pixel / g.q % g.p), n = (int)(pixel / g.q / g.p);
            int h = p * g.stride_h - g.pad_h + r * g.dilation_h, v = q * g.stride_w - g.pad_w + s * g.dilation_w;
            if (h < 0 || h >= g.h || v < 0 || v >= g.w) continue;
            sum = fmaf(dy[pixel * g.k + k], x[(((ne_long)n * g.h + h) * g.w + v) * g.c + k / kg * cg + c], sum);
        }
        partial[blockIdx.y * total + i] = sum;
    }
}

// ---- The same as tiled products --------------------------------------------------------------------------------------------

// A place in an image: the top left corner a window reads from, which may lie outside.
struct ne_corner
{
    ne_long image; // first element of the image, or -1 outside the matrix
    int h, w;
};

// A place in the window and a channel.
struct ne_tap
{
    int h, w, channel; // channel -1: outside the matrix
};

NE_DEVICE ne_corner ne_output_corner(const ne_conv& g, int pixel)
{
    if (pixel >= g.n * g.p * g.q) return { -1, 0, 0 };
    int q = pixel % g.q, p = pixel / g.q % g.p, n = pixel / g.q / g.p;
    return { (ne_long)n * g.h * g.w * g.c, p * g.stride_h - g.pad_h, q * g.stride_w - g.pad_w };
}

NE_DEVICE ne_tap ne_filter_tap(const ne_conv& g, int index, int channels)
{
    if (index >= g.r * g.s * channels) return { 0, 0, -1 };
    int window = index / channels;
    return { window / g.s * g.dilation_h, window % g.s * g.dilation_w, index % channels };
}

NE_DEVICE float ne_read_image(const float* x, const ne_conv& g, int first_channel, ne_corner at, ne_tap tap)
{
    int h = at.h + tap.h, w = at.w + tap.w;
    if (at.image < 0 || tap.channel < 0 || h < 0 || h >= g.h || w < 0 || w >= g.w) return 0.0f;
    return x[at.image + ((ne_long)h * g.w + w) * g.c + first_channel + tap.channel];
}

// Input windows: position = output pixel, depth = (r, s, c).
struct conv_windows
{
    static constexpr bool depth_first = true;
    typedef ne_corner position_t;
    typedef ne_tap depth_t;
    const float* x;
    ne_conv g;
    int first_channel;
    NE_DEVICE_METHOD ne_corner position(int i) const { return ne_output_corner(g, i); }
    NE_DEVICE_METHOD ne_tap depth(int k) const { return ne_filter_tap(g, k, g.c / g.groups); }
    NE_DEVICE_METHOD float value(ne_corner at, ne_tap tap) const { return ne_read_image(x, g, first_channel, at, tap); }
};

// An operand with the roles exchanged: of conv_windows, position = (r, s, c), depth = output pixel.
template <class Operand> struct conv_exchanged
{
    static constexpr bool depth_first = !Operand::depth_first;
    typedef typename Operand::depth_t position_t;
    typedef typename Operand::position_t depth_t;
    Operand operand;
    NE_DEVICE_METHOD position_t position(int i) const { return operand.depth(i); }
    NE_DEVICE_METHOD depth_t depth(int k) const { return operand.position(k); }
    NE_DEVICE_METHOD float value(position_t position, depth_t depth) const { return operand.value(depth, position); }
};

// Filters of a group: position = output channel, depth = (r, s, c).
struct conv_filters
{
    static constexpr bool depth_first = true;
    typedef int position_t;
    typedef int depth_t;
    const float* w; // first filter of the group
    int filters, length;
    NE_DEVICE_METHOD int position(int i) const { return i < filters ? i : -1; }
    NE_DEVICE_METHOD int depth(int k) const { return k; }
    NE_DEVICE_METHOD float value(int at, int k) const { return at >= 0 && k < length ? w[(ne_long)at * length + k] : 0.0f; }
};

// The group's part of dy: position = output channel, depth = output pixel.
struct conv_output_gradient
{
    static constexpr bool depth_first = false;
    typedef int position_t;
    typedef int depth_t;
    const float* dy; // first channel of the group
    int filters, channels, pixels;
    NE_DEVICE_METHOD int position(int i) const { return i < filters ? i : -1; }
    NE_DEVICE_METHOD int depth(int k) const { return k < pixels ? k : -1; }
    NE_DEVICE_METHOD float value(int at, int k) const { return at >= 0 && k >= 0 ? dy[(ne_long)k * channels + at] : 0.0f; }
};

// Outputs that read an input pixel: position = input pixel, depth = (r, s, output channel).
struct conv_readers
{
    static constexpr bool depth_first = true;
    typedef ne_corner position_t;
    typedef ne_tap depth_t;
    const float* dy;
    ne_conv g;
    int first_channel;
    NE_DEVICE_METHOD ne_corner position(int i) const
    {
        if (i >= g.n * g.h * g.w) return { -1, 0, 0 };
        return { (ne_long)(i / g.w / g.h) * g.p * g.q * g.k, i / g.w % g.h + g.pad_h, i % g.w + g.pad_w };
    }
    NE_DEVICE_METHOD ne_tap depth(int k) const { return ne_filter_tap(g, k, g.k / g.groups); }
    NE_DEVICE_METHOD float value(ne_corner at, ne_tap tap) const
    {
        int h = at.h - tap.h, w = at.w - tap.w;
        if (at.image < 0 || tap.channel < 0 || h < 0 || w < 0 || h % g.stride_h != 0 || w % g.stride_w != 0) return 0.0f;
        int p = h / g.stride_h, q = w / g.stride_w;
        return p < g.p && q < g.q ? dy[at.image + ((ne_long)p * g.q + q) * g.k + first_channel + tap.channel] : 0.0f;
    }
};

// Filters of a group for the input's gradient: position = input channel, depth = (r, s, output channel).
struct conv_filters_by_channel
{
    static constexpr bool depth_first = false;
    typedef int position_t;
    typedef int depth_t;
    const float* w; // first filter of the group
    int channels, filters, window;
    NE_DEVICE_METHOD int position(int i) const { return i < channels ? i : -1; }
    NE_DEVICE_METHOD int depth(int k) const { return k; }
    NE_DEVICE_METHOD float value(int at, int k) const
    {
        int tap = k / filters;
        return at >= 0 && tap < window ? w[((ne_long)(k % filters) * window + tap) * channels + at] : 0.0f;
    }
};

// Writes row m, column n of a group's product into a [rows, all columns] matrix.
struct conv_result
{
    float* to; // first column of the group
    const float* bias;
    int rows, columns;
    ne_long pitch;
    int accumulate;
    NE_DEVICE_METHOD void operator()(int m, int n, float value) const
    {
        if (m >= rows || n >= columns) return;
        ne_long at = m * pitch + n;
        if (bias) value += bias[n];
        to[at] = accumulate ? to[at] + value : value;
    }
};

// Grid (N P Q / 64, K / groups / 64, groups).
NE_KERNEL conv_tiled_fwd_f32(const float* __restrict__ x, const float* __restrict__ w, const float* __restrict__ bias, float* __restrict__ y, ne_conv g)
{
    int group = (int)blockIdx.z, cg = g.c / g.groups, kg = g.k / g.groups, length = g.r * g.s * cg;
    conv_windows a = { x, g, group * cg };
    conv_filters b = { w + (ne_long)group * kg * length, kg, length };
    conv_result result = { y + group * kg, bias ? bias + group * kg : nullptr, g.n * g.p * g.q, kg, g.k, 0 };
    ne_tile_product(a, b, 0, length, result);
}

// Grid (N H W / 64, C / groups / 64, groups).
NE_KERNEL conv_tiled_bwd_data_f32(const float* __restrict__ w, const float* __restrict__ dy, float* __restrict__ dx, ne_conv g, int accumulate)
{
    int group = (int)blockIdx.z, cg = g.c / g.groups, kg = g.k / g.groups;
    conv_readers a = { dy, g, group * kg };
    conv_filters_by_channel b = { w + (ne_long)group * kg * g.r * g.s * cg, cg, kg, g.r * g.s };
    conv_result result = { dx + group * cg, nullptr, g.n * g.h * g.w, cg, g.c, accumulate };
    ne_tile_product(a, b, 0, g.r * g.s * kg, result);
}

// partial[chunk] as in conv_bwd_filter. Grid (K / groups / 64, R S C / groups / 64, groups * chunks), chunk fastest.
NE_KERNEL conv_tiled_bwd_filter_f32(const float* __restrict__ x, const float* __restrict__ dy, float* __restrict__ partial, ne_conv g, int chunk, int chunks)
{
    int group = (int)blockIdx.z / chunks, part = (int)blockIdx.z % chunks;
    int cg = g.c / g.groups, kg = g.k / g.groups, length = g.r * g.s * cg, pixels = g.n * g.p * g.q;
    int begin = part * chunk, end = pixels - begin < chunk ? pixels : begin + chunk;
    conv_output_gradient a = { dy + group * kg, kg, g.k, end };
    conv_exchanged<conv_windows> b = { { x, g, group * cg } };
    conv_result result = { partial + ((ne_long)part * g.k + group * kg) * length, nullptr, kg, length, length, 0 };
    ne_tile_product(a, b, begin, end, result);
}

// ---- Pooling ---------------------------------------------------------------------------------------------------------------

#define NE_POOL_ROWS(i) ne_pool_span(i, g.h, g.p, g.r, g.stride_h, g.pad_h, g)
#define NE_POOL_COLUMNS(i) ne_pool_span(i, g.w, g.q, g.s, g.stride_w, g.pad_w, g)

// True when v takes the place of `best` as the maximum: larger, or the first NaN.
NE_DEVICE bool ne_takes_over(float v, float best) { return v > best || (ne_isnan(v) && !ne_isnan(best)); }

struct max_pool_body
{
    const float* x;
    ne_pool g;
    NE_DEVICE_METHOD float operator()(int n, int p, int q, int c) const
    {
        ne_span rows = NE_POOL_ROWS(p), columns = NE_POOL_COLUMNS(q);
        float best = -NE_INFINITY;
        for (int h = rows.start; h < rows.end; h++)
            for (int w = columns.start; w < columns.end; w++)
            {
                float v = x[(((ne_long)n * g.h + h) * g.w + w) * g.c + c];
                if (ne_takes_over(v, best)) best = v;
            }
        return best;
    }
};

// y = the largest of the window.
NE_KERNEL max_pool_fwd_f32(const float* x, float* y, ne_pool g) { ne_pool_walk(y, g.n, g.p, g.q, g.c, 0, max_pool_body{ x, g }); }

struct max_pool_gradient
{
    const float *x, *y, *dy;
    ne_pool g;
    NE_DEVICE_METHOD float operator()(int n, int h, int w, int c) const
    {
        ne_range ps = ne_pool_readers(h, g.h, g.p, g.r, g.stride_h, g.pad_h, g), qs = ne_pool_readers(w, g.w, g.q, g.s, g.stride_w, g.pad_w, g);
        float mine = x[(((ne_long)n * g.h + h) * g.w + w) * g.c + c], sum = 0.0f;
        for (int p = ps.first; p <= ps.last; p++)
            for (int q = qs.first; q <= qs.last; q++)
            {
                ne_long out = (((ne_long)n * g.p + p) * g.q + q) * g.c + c;
                float top = y[out];
                if (mine != top && !(ne_isnan(mine) && ne_isnan(top))) continue;
                ne_span rows = NE_POOL_ROWS(p), columns = NE_POOL_COLUMNS(q);
                bool first = true; // no equal element before this one in row-major order
                for (int a = rows.start; a <= h && first; a++)
                    for (int b = columns.start; b < (a < h ? columns.end : w) && first; b++)
                    {
                        float v = x[(((ne_long)n * g.h + a) * g.w + b) * g.c + c];
                        first = ne_isnan(mine) ? !ne_isnan(v) : v != mine;
                    }
                if (first) sum += dy[out];
            }
        return sum;
    }
};

// dx (+)= the dy of every window whose first maximum this element is.
NE_KERNEL max_pool_bwd_f32(const float* x, const float* y, const float* dy, float* dx, ne_pool g, int accumulate)
{
    ne_pool_walk(dx, g.n, g.h, g.w, g.c, accumulate, max_pool_gradient{ x, y, dy, g });
}

struct avg_pool_body
{
    const float* x;
    ne_pool g;
    NE_DEVICE_METHOD float operator()(int n, int p, int q, int c) const
    {
        ne_span rows = NE_POOL_ROWS(p), columns = NE_POOL_COLUMNS(q);
        float sum = 0.0f;
        for (int h = rows.start; h < rows.end; h++)
            for (int w = columns.start; w < columns.end; w++) sum += x[(((ne_long)n * g.h + h) * g.w + w) * g.c + c];
        return sum / (float)(rows.divisor * columns.divisor);
    }
};

// y = the mean of the window.
NE_KERNEL avg_pool_fwd_f32(const float* x, float* y, ne_pool g) { ne_pool_walk(y, g.n, g.p, g.q, g.c, 0, avg_pool_body{ x, g }); }

struct avg_pool_gradient
{
    const float* dy;
    ne_pool g;
    NE_DEVICE_METHOD float operator()(int n, int h, int w, int c) const
    {
        ne_range ps = ne_pool_readers(h, g.h, g.p, g.r, g.stride_h, g.pad_h, g), qs = ne_pool_readers(w, g.w, g.q, g.s, g.stride_w, g.pad_w, g);
        float sum = 0.0f;
        for (int p = ps.first; p <= ps.last; p++)
            for (int q = qs.first; q <= qs.last; q++)
                sum += dy[(((ne_long)n * g.p + p) * g.q + q) * g.c + c] / (float)(NE_POOL_ROWS(p).divisor * NE_POOL_COLUMNS(q).divisor);
        return sum;
    }
};

// dx (+)= the share of every window that covers this element.
NE_KERNEL avg_pool_bwd_f32(const float* dy, float* dx, ne_pool g, int accumulate) { ne_pool_walk(dx, g.n, g.h, g.w, g.c, accumulate, avg_pool_gradient{ dy, g }); }
