// Batch norm (with residual and ReLU folded in), layer norm, group norm, softmax. Means and variances are taken in two steps,
// mean first, squared deviations second; what is added up over many rows is added up in double.
#include "include/columns.cuh"
#include "include/reduce.cuh"
#include "include/vector.cuh"

// Sizes of a batch norm: x is [rows, channels], split into chunks of chunk rows (grid y); lanes threads share a channel.
struct ne_batch_norm
{
    ne_long rows, chunk;
    int channels, lanes;
};

#define NE_STATS_TILE 8

// mean[chunk][c] and m2[chunk][c] = mean and sum of squared deviations of a chunk's rows. Rows are read once: the moments of eight
// values in registers are taken in two steps, as differences from one of them, and added up in double as differences from the chunk's
// first value. Nothing cancels, whatever the mean: an error of one unit here moves all activations of a channel alike, and with
// them those at the edge of a ReLU.
NE_KERNEL batch_norm_stats_f32(const float* x, double* mean, double* m2, ne_batch_norm s)
{
    __shared__ double shared[NE_BLOCK];
    ne_column me = ne_my_column(s.channels, s.lanes);
    ne_long begin = blockIdx.y * s.chunk, end = begin + s.chunk < s.rows ? begin + s.chunk : s.rows;
    double pivot = 0.0, sum = 0.0, squares = 0.0;
    if (me.active)
    {
        const float* column = x + me.channel;
        pivot = column[begin * s.channels];
        ne_long r = begin + me.lane;
        for (; r + (NE_STATS_TILE - 1) * s.lanes < end; r += NE_STATS_TILE * s.lanes)
        {
            float v[NE_STATS_TILE], first = column[r * s.channels], average = 0.0f, deviations = 0.0f;
#pragma unroll
            for (int k = 1; k < NE_STATS_TILE; k++)
            {
                v[k] = column[(r + k * s.lanes) * s.channels] - first;
                average += v[k];
            }
            average *= 1.0f / NE_STATS_TILE;
            deviations = average * average; // of the first value
#pragma unroll
            for (int k = 1; k < NE_STATS_TILE; k++) deviations = fmaf(v[k] - average, v[k] - average, deviations);
            double distance = (double)first - pivot + (double)average, moment = NE_STATS_TILE * distance;
            sum += moment;
            squares = fma(moment, distance, squares + (double)deviations);
        }
        for (; r < end; r += s.lanes)
        {
            double distance = (double)column[r * s.channels] - pivot;
            sum += distance;
            squares = fma(distance, distance, squares);
        }
    }
    sum = ne_column_sum(sum, me, s.lanes, shared);
    squares = ne_column_sum(squares, me, s.lanes, shared);
    if (me.active && me.lane == 0)
    {
        double shift = sum / (double)(end - begin), around = squares - sum * shift;
        mean[blockIdx.y * (ne_long)s.channels + me.channel] = pivot + shift;
        m2[blockIdx.y * (ne_long)s.channels + me.channel] = around < 0.0 ? 0.0 : around;
    }
}

// Merges the chunks in order, as differences from the first one's mean; running = (1 - momentum) running + momentum (mean, unbiased
// variance) unless null.
NE_KERNEL batch_norm_finish_f32(const double* mean, const double* m2, float* saved_mean, float* saved_inv_std, float* running_mean, float* running_var,
                                ne_batch_norm s, int chunks, float eps, float momentum)
{
    for (ne_long c = ne_start(); c < s.channels; c += ne_stride())
    {
        double pivot = mean[c], sum = 0.0, squares = 0.0;
        for (int k = 0; k < chunks; k++)
        {
            ne_long left = s.rows - k * s.chunk;
            double distance = mean[k * (ne_long)s.channels + c] - pivot, moment = (double)(left < s.chunk ? left : s.chunk) * distance;
            sum += moment;
            squares = fma(moment, distance, squares + m2[k * (ne_long)s.channels + c]);
        }
        double shift = sum / (double)s.rows, average = pivot + shift;
        squares -= sum * shift;
        if (squares < 0.0) squares = 0.0;
        saved_mean[c] = (float)average;
        saved_inv_std[c] = (float)(1.0 / sqrt(squares / (double)s.rows + eps));
        double unbiased = squares / (double)(s.rows > 1 ? s.rows - 1 : 1);
        if (running_mean) running_mean[c] = (float)fma((double)momentum, average - running_mean[c], (double)running_mean[c]);
        if (running_var) running_var[c] = (float)fma((double)momentum, unbiased - running_var[c], (double)running_var[c]);
    }
}

// Evaluation: the running statistics in the place of the batch's.
NE_KERNEL batch_norm_running_f32(const float* running_mean, const float* running_var, float* saved_mean, float* saved_inv_std, int channels, float eps)
{
    for (ne_long c = ne_start(); c < channels; c += ne_stride())
    {
        saved_mean[c] = running_mean[c];
        saved_inv_std[c] = 1.0f / sqrtf(running_var[c] + eps);
    }
}

// scale = weight inv_std: two roundings for each element, the same as on the CPU. On which side of ReLU's edge a value lies, and which of two
// neighbours max-pooling takes, can hang on the last bit.
NE_DEVICE float ne_normalised(float x, float mean, float scale, float bias) { return fmaf(x - mean, scale, bias); }

// y = act(weight (x - mean) inv_std + bias + residual); weight, bias and residual may be null; relu 0 or 1. Width 0: one element at a time.
NE_KERNEL batch_norm_fwd_f32(const float* x, const float* residual, const float* weight, const float* bias, const float* mean, const float* inv_std,
                             float* y, ne_long rows, int channels, int relu, int width)
{
    if (width > 0 && ne_aligned(x, residual, y) && ne_aligned(weight, bias) && ne_aligned(mean, inv_std))
    {
        ne_quad_rows me = ne_my_quad(channels, width);
        if (!me.active) return;
        float4 m = ne_load4(mean, me.quad), s = ne_load4(inv_std, me.quad);
        if (weight)
        {
            float4 w = ne_load4(weight, me.quad);
            s = { w.x * s.x, w.y * s.y, w.z * s.z, w.w * s.w };
        }
        float4 b = bias ? ne_load4(bias, me.quad) : ne_splat4(0.0f);
        for (ne_long r = me.row; r < rows; r += me.step)
        {
            ne_long q = r * me.quads + me.quad;
            float4 v = ne_load4(x, q);
            v = { ne_normalised(v.x, m.x, s.x, b.x), ne_normalised(v.y, m.y, s.y, b.y), ne_normalised(v.z, m.z, s.z, b.z), ne_normalised(v.w, m.w, s.w, b.w) };
            if (residual) v = ne_add4(v, ne_load4(residual, q));
            if (relu) v = { v.x <= 0.0f ? 0.0f : v.x, v.y <= 0.0f ? 0.0f : v.y, v.z <= 0.0f ? 0.0f : v.z, v.w <= 0.0f ? 0.0f : v.w };
            ne_store4(y, q, v);
        }
        return;
    }
    for (ne_long i = ne_start(); i < rows * channels; i += ne_stride())
    {
        int c = (int)(i % channels);
        float v = ne_normalised(x[i], mean[c], weight ? weight[c] * inv_std[c] : inv_std[c], bias ? bias[c] : 0.0f);
        if (residual) v += residual[i];
        y[i] = relu && v <= 0.0f ? 0.0f : v;
    }
}

// dy behind the ReLU: 0 where y is 0. Masking bits keeps the warp together; a choice would become a branch around dy's load.
NE_DEVICE float ne_masked(float dy, float y) { return __int_as_float(__float_as_int(dy) & -(int)(y > 0.0f)); }
NE_DEVICE float ne_masked(float dy, const float* y, ne_long i, int relu) { return relu ? ne_masked(dy, y[i]) : dy; }

// sum_dy[chunk][c] = sum of masked dy, sum_dy_xhat[chunk][c] = sum of masked dy times the normalised x; a few at a time in float, these in double.
NE_KERNEL batch_norm_bwd_sums_f32(const float* x, const float* y, const float* dy, const float* mean, const float* inv_std, double* sum_dy, double* sum_dy_xhat,
                                  ne_batch_norm s, int relu)
{
    __shared__ double shared[NE_BLOCK];
    ne_column me = ne_my_column(s.channels, s.lanes);
    ne_long begin = blockIdx.y * s.chunk, end = begin + s.chunk < s.rows ? begin + s.chunk : s.rows;
    double first = 0.0, second = 0.0;
    if (me.active)
    {
        float m = mean[me.channel], k = inv_std[me.channel];
        for (ne_long r = begin + me.lane; r < end;)
        {
            float some = 0.0f, some_xhat = 0.0f;
            for (ne_long stop = r + NE_STATS_TILE * s.lanes; r < stop && r < end; r += s.lanes)
            {
                ne_long i = r * s.channels + me.channel;
                float g = ne_masked(dy[i], y, i, relu);
                some += g;
                some_xhat = fmaf(g, (x[i] - m) * k, some_xhat);
            }
            first += some;
            second += some_xhat;
        }
    }
    first = ne_column_sum(first, me, s.lanes, shared);
    second = ne_column_sum(second, me, s.lanes, shared);
    if (me.active && me.lane == 0)
    {
        sum_dy[blockIdx.y * (ne_long)s.channels + me.channel] = first;
        sum_dy_xhat[blockIdx.y * (ne_long)s.channels + me.channel] = second;
    }
}

// Adds the chunks in order into chunk 0, which batch_norm_bwd reads, and gives the parameter gradients (null when not wanted).
NE_KERNEL batch_norm_bwd_finish_f32(double* sum_dy, double* sum_dy_xhat, float* d_weight, float* d_bias, int channels, int chunks, int accumulate_weight, int accumulate_bias)
{
    for (ne_long c = ne_start(); c < channels; c += ne_stride())
    {
        double first = sum_dy[c], second = sum_dy_xhat[c];
        for (int k = 1; k < chunks; k++)
        {
            first += sum_dy[k * (ne_long)channels + c];
            second += sum_dy_xhat[k * (ne_long)channels + c];
        }
        sum_dy[c] = first;
        sum_dy_xhat[c] = second;
        if (d_bias) d_bias[c] = (float)(accumulate_bias ? d_bias[c] + first : first);
        if (d_weight) d_weight[c] = (float)(accumulate_weight ? d_weight[c] + second : second);
    }
}

// What a channel's dx is made of: k = inv_std, scale = weight inv_std, the sums' shares.
struct ne_channel
{
    float mean, k, scale, share_dy, share_dy_xhat;
    NE_DEVICE_METHOD float dx(float g, float x, int training) const
    {
        return scale * (training ? g - fmaf((x - mean) * k, share_dy_xhat, share_dy) : g);
    }
};

NE_DEVICE ne_channel ne_channel_of(const float* weight, const float* mean, const float* inv_std, const double* sum_dy, const double* sum_dy_xhat, int c, double share)
{
    return { mean[c], inv_std[c], (weight ? weight[c] : 1.0f) * inv_std[c], (float)(share * sum_dy[c]), (float)(share * sum_dy_xhat[c]) };
}

// dx (+)= weight inv_std (g - (sum_dy + xhat sum_dy_xhat) / rows) when training, weight inv_std g else; dr (+)= g; g = masked dy.
// dx and dr may be null. Width 0: one element at a time.
NE_KERNEL batch_norm_bwd_f32(const float* x, const float* y, const float* dy, const float* weight, const float* mean, const float* inv_std, const double* sum_dy,
                             const double* sum_dy_xhat, float* dx, float* dr, ne_long rows, int channels, int relu, int training, int accumulate_dx, int accumulate_dr, int width)
{
    double share = 1.0 / (double)rows;
    if (width > 0 && ne_aligned(x, y, dy) && ne_aligned(dx, dr))
    {
        ne_quad_rows me = ne_my_quad(channels, width);
        if (!me.active) return;
        int c = 4 * me.quad;
        ne_channel c0 = ne_channel_of(weight, mean, inv_std, sum_dy, sum_dy_xhat, c, share), c1 = ne_channel_of(weight, mean, inv_std, sum_dy, sum_dy_xhat, c + 1, share);
        ne_channel c2 = ne_channel_of(weight, mean, inv_std, sum_dy, sum_dy_xhat, c + 2, share), c3 = ne_channel_of(weight, mean, inv_std, sum_dy, sum_dy_xhat, c + 3, share);
        for (ne_long r = me.row; r < rows; r += me.step)
        {
            ne_long q = r * me.quads + me.quad;
            float4 g = ne_load4(dy, q);
            if (relu)
            {
                float4 v = ne_load4(y, q);
                g = { ne_masked(g.x, v.x), ne_masked(g.y, v.y), ne_masked(g.z, v.z), ne_masked(g.w, v.w) };
            }
            if (dr) ne_store4(dr, q, accumulate_dr ? ne_add4(ne_load4(dr, q), g) : g);
            if (!dx) continue;
            float4 v = training ? ne_load4(x, q) : g;
            float4 d = { c0.dx(g.x, v.x, training), c1.dx(g.y, v.y, training), c2.dx(g.z, v.z, training), c3.dx(g.w, v.w, training) };
            ne_store4(dx, q, accumulate_dx ? ne_add4(ne_load4(dx, q), d) : d);
        }
        return;
    }
    for (ne_long i = ne_start(); i < rows * channels; i += ne_stride())
    {
        float g = ne_masked(dy[i], y, i, relu);
        if (dr) dr[i] = accumulate_dr ? dr[i] + g : g;
        if (!dx) continue;
        float d = ne_channel_of(weight, mean, inv_std, sum_dy, sum_dy_xhat, (int)(i % channels), share).dx(g, x[i], training);
        dx[i] = accumulate_dx ? dx[i] + d : d;
    }
}

// Sizes of a group norm, x [samples, spatial, channels] in memory; layer norm is spatial 1, groups 1, channels = row length.
struct ne_group_norm
{
    ne_long samples, spatial;
    int channels, groups;
};

// One normalised set: the channels of a group at every position of a sample. Element e lies at base + e / width * channels + e % width.
struct ne_group
{
    ne_long base, size;
    int first_channel, width;
};

NE_DEVICE ne_group ne_my_group(const ne_group_norm& s, ne_long set)
{
    int width = s.channels / s.groups, first = (int)(set % s.groups) * width;
    return { set / s.groups * s.spatial * s.channels + first, s.spatial * width, first, width };
}

// y = weight (x - mean) inv_std + bias with mean and variance per set; one block per set. weight and bias may be null.
NE_KERNEL group_norm_fwd_f32(const float* x, const float* weight, const float* bias, float* y, float* saved_mean, float* saved_inv_std, ne_group_norm s, float eps)
{
    for (ne_long set = blockIdx.x; set < s.samples * s.groups; set += gridDim.x)
    {
        ne_group g = ne_my_group(s, set);
        float sum = 0.0f;
        for (ne_long e = threadIdx.x; e < g.size; e += blockDim.x) sum += x[g.base + e / g.width * s.channels + e % g.width];
        float mean = ne_block_reduce<ne_sum>(sum) / (float)g.size;
        float squares = 0.0f;
        for (ne_long e = threadIdx.x; e < g.size; e += blockDim.x)
        {
            float d = x[g.base + e / g.width * s.channels + e % g.width] - mean;
            squares = fmaf(d, d, squares);
        }
        float inv_std = 1.0f / sqrtf(ne_block_reduce<ne_sum>(squares) / (float)g.size + eps);
        if (threadIdx.x == 0)
        {
            saved_mean[set] = mean;
            saved_inv_std[set] = inv_std;
        }
        for (ne_long e = threadIdx.x; e < g.size; e += blockDim.x)
        {
            int within = (int)(e % g.width), c = g.first_channel + within;
            ne_long i = g.base + e / g.width * s.channels + within;
            y[i] = ne_normalised(x[i], mean, weight ? weight[c] * inv_std : inv_std, bias ? bias[c] : 0.0f);
        }
    }
}

// dx (+)= inv_std (w dy - mean(w dy) - xhat mean(w dy xhat)), the means over the set; one block per set.
NE_KERNEL group_norm_bwd_f32(const float* x, const float* dy, const float* weight, const float* saved_mean, const float* saved_inv_std, float* dx, ne_group_norm s, int accumulate)
{
    for (ne_long set = blockIdx.x; set < s.samples * s.groups; set += gridDim.x)
    {
        ne_group g = ne_my_group(s, set);
        float mean = saved_mean[set], inv_std = saved_inv_std[set], first = 0.0f, second = 0.0f;
        for (ne_long e = threadIdx.x; e < g.size; e += blockDim.x)
        {
            int within = (int)(e % g.width);
            ne_long i = g.base + e / g.width * s.channels + within;
            float d = dy[i] * (weight ? weight[g.first_channel + within] : 1.0f);
            first += d;
            second = fmaf(d, (x[i] - mean) * inv_std, second);
        }
        first = ne_block_reduce<ne_sum>(first) / (float)g.size;
        second = ne_block_reduce<ne_sum>(second) / (float)g.size;
        for (ne_long e = threadIdx.x; e < g.size; e += blockDim.x)
        {
            int within = (int)(e % g.width);
            ne_long i = g.base + e / g.width * s.channels + within;
            float d = dy[i] * (weight ? weight[g.first_channel + within] : 1.0f);
            d = inv_std * (d - fmaf((x[i] - mean) * inv_std, second, first));
            dx[i] = accumulate ? dx[i] + d : d;
        }
    }
}

// The parameter sums of group norm by chunks of rows, as batch_norm_bwd_sums; batch_norm_bwd_finish adds the chunks.
NE_KERNEL group_norm_bwd_sums_f32(const float* x, const float* dy, const float* saved_mean, const float* saved_inv_std, double* sum_dy, double* sum_dy_xhat,
                                  ne_group_norm g, ne_batch_norm s)
{
    __shared__ double shared[NE_BLOCK];
    ne_column me = ne_my_column(s.channels, s.lanes);
    ne_long begin = blockIdx.y * s.chunk, end = begin + s.chunk < s.rows ? begin + s.chunk : s.rows;
    double first = 0.0, second = 0.0;
    if (me.active)
    {
        int group = me.channel / (g.channels / g.groups);
        for (ne_long r = begin + me.lane; r < end;)
        {
            float some = 0.0f, some_xhat = 0.0f;
            for (ne_long stop = r + NE_STATS_TILE * s.lanes; r < stop && r < end; r += s.lanes)
            {
                ne_long i = r * s.channels + me.channel, set = r / g.spatial * g.groups + group;
                some += dy[i];
                some_xhat = fmaf(dy[i], (x[i] - saved_mean[set]) * saved_inv_std[set], some_xhat);
            }
            first += some;
            second += some_xhat;
        }
    }
    first = ne_column_sum(first, me, s.lanes, shared);
    second = ne_column_sum(second, me, s.lanes, shared);
    if (me.active && me.lane == 0)
    {
        sum_dy[blockIdx.y * (ne_long)s.channels + me.channel] = first;
        sum_dy_xhat[blockIdx.y * (ne_long)s.channels + me.channel] = second;
    }
}

// Sizes of a softmax along the middle of [outer, n, inner].
struct ne_softmax
{
    ne_long outer;
    int n;
    ne_long inner;
};

NE_DEVICE ne_long ne_softmax_base(const ne_softmax& s, ne_long row) { return row / s.inner * s.n * s.inner + row % s.inner; }

// One block per row: the maximum, the sum of exponentials, then the result.
template <bool Log> NE_DEVICE void softmax_fwd(const float* x, float* y, const ne_softmax& s)
{
    for (ne_long row = blockIdx.x; row < s.outer * s.inner; row += gridDim.x)
    {
        ne_long base = ne_softmax_base(s, row);
        float largest = -NE_INFINITY;
        for (int j = (int)threadIdx.x; j < s.n; j += (int)blockDim.x) largest = ne_max(largest, x[base + j * s.inner]);
        largest = ne_block_reduce<ne_maximum>(largest);
        float sum = 0.0f;
        for (int j = (int)threadIdx.x; j < s.n; j += (int)blockDim.x) sum += ne_exp(x[base + j * s.inner] - largest);
        sum = ne_block_reduce<ne_sum>(sum);
        float log_sum = Log ? ne_log(sum) : 0.0f;
        for (int j = (int)threadIdx.x; j < s.n; j += (int)blockDim.x)
        {
            float d = x[base + j * s.inner] - largest;
            y[base + j * s.inner] = Log ? d - log_sum : ne_exp(d) / sum;
        }
    }
}

// y = softmax(x); y may be x.
NE_KERNEL softmax_fwd_f32(const float* x, float* y, ne_softmax s) { softmax_fwd<false>(x, y, s); }
NE_KERNEL log_softmax_fwd_f32(const float* x, float* y, ne_softmax s) { softmax_fwd<true>(x, y, s); }

// dx (+)= y (dy - sum(dy y)), or dy - e^y sum(dy) for the logarithm.
template <bool Log> NE_DEVICE void softmax_bwd(const float* y, const float* dy, float* dx, const ne_softmax& s, int accumulate)
{
    for (ne_long row = blockIdx.x; row < s.outer * s.inner; row += gridDim.x)
    {
        ne_long base = ne_softmax_base(s, row);
        float sum = 0.0f;
        for (int j = (int)threadIdx.x; j < s.n; j += (int)blockDim.x)
        {
            ne_long i = base + j * s.inner;
            sum += Log ? dy[i] : dy[i] * y[i];
        }
        sum = ne_block_reduce<ne_sum>(sum);
        for (int j = (int)threadIdx.x; j < s.n; j += (int)blockDim.x)
        {
            ne_long i = base + j * s.inner;
            float d = Log ? fmaf(-ne_exp(y[i]), sum, dy[i]) : y[i] * (dy[i] - sum);
            dx[i] = accumulate ? dx[i] + d : d;
        }
    }
}

NE_KERNEL softmax_bwd_f32(const float* y, const float* dy, float* dx, ne_softmax s, int accumulate) { softmax_bwd<false>(y, dy, dx, s, accumulate); }
NE_KERNEL log_softmax_bwd_f32(const float* y, const float* dy, float* dx, ne_softmax s, int accumulate) { softmax_bwd<true>(y, dy, dx, s, accumulate); }
