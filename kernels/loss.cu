// Losses: value and gradient in one pass over the data.
#include "include/reduce.cuh"
#include "include/vector.cuh"

// Sizes and settings of a loss over rows of classes, laid out as ClassLossShape in NativeEngine.Cuda.
struct ne_class_loss
{
    ne_long rows;
    int classes, ignore_index;
    float smoothing; // cross-entropy's
    float gamma;     // focal's exponent
    float scale;     // factor of value and gradient
};

// What a target means: the row counts, is left out, or names no class (its loss is NaN).
NE_DEVICE bool ne_ignored(int target, const ne_class_loss& s) { return target == s.ignore_index; }
NE_DEVICE bool ne_valid(int target, const ne_class_loss& s) { return target >= 0 && target < s.classes; }

// total[0] = the sum of the targets' weights over the rows that count: the divisor of the mean. One block.
NE_KERNEL class_loss_total_f32(const int* target, const float* weight, float* total, ne_class_loss s)
{
    float sum = 0.0f;
    for (ne_long r = threadIdx.x; r < s.rows; r += blockDim.x)
        if (!ne_ignored(target[r], s) && ne_valid(target[r], s)) sum += weight ? weight[target[r]] : 1.0f;
    sum = ne_block_reduce<ne_sum>(sum);
    if (threadIdx.x == 0) total[0] = sum;
}

// loss[0] = the sum of losses [rows], divided by total[0] unless that is null. One block.
NE_KERNEL class_loss_finish_f32(const float* losses, const float* total, float* loss, ne_long rows)
{
    float sum = 0.0f;
    for (ne_long r = threadIdx.x; r < rows; r += blockDim.x) sum += losses[r];
    sum = ne_block_reduce<ne_sum>(sum);
    if (threadIdx.x == 0) loss[0] = total ? sum / total[0] : sum;
}

// What a loss makes of one row, p its softmax and t its class, before weights: the value, and the gradient
//   d/dx[k] = of_p p[k] + of_square p[k]^2 + at_target [k = t]
struct ne_class_row
{
    float value, of_p, of_square, at_target;
};

// Losses as functions of log p[t], p[t], 1 - p[t] and the sum of squares of p. `smooths` and `takes_squares` say which sums a row takes.
struct loss_cross_entropy // -log p[t]
{
    static const bool smooths = true, takes_squares = false;
    static __device__ __forceinline__ ne_class_row at(float log_p, float, float, float, float) { return { -log_p, 1.0f, 0.0f, -1.0f }; }
};

struct loss_focal // -(1 - p[t])^gamma log p[t]
{
    static const bool smooths = false, takes_squares = false;
    static __device__ __forceinline__ ne_class_row at(float log_p, float p, float doubt, float, float gamma)
    {
        float factor = gamma == 2.0f ? doubt * doubt : ne_pow(doubt, gamma);
        // d/d log p = -(1-p)^gamma (1 - gamma p log p / (1-p)), with the limits 0 of p log p at p = 0 and -1 of log p / (1-p) at p = 1.
        float turn = p == 0.0f ? 0.0f : doubt == 0.0f ? -1.0f : p * log_p / doubt;
        float slope = factor * (1.0f - gamma * turn);
        return { -factor * log_p, slope, 0.0f, -slope };
    }
};

struct loss_squared // sum of (p[k] - [k = t])^2
{
    static const bool smooths = false, takes_squares = true;
    static __device__ __forceinline__ ne_class_row at(float, float p, float doubt, float squares, float)
    {
        float others = ne_clamp(squares - p * p, 0.0f, 1.0f); // rounded apart, so that the difference may come out below 0
        return { fmaf(doubt, doubt, others), 2.0f * (p * doubt - others), 2.0f, -2.0f * p };
    }
};

struct loss_softmax_inverse // 1 / p[t]
{
    static const bool smooths = false, takes_squares = false;
    static __device__ __forceinline__ ne_class_row at(float log_p, float, float, float, float)
    {
        float inverse = ne_exp(-log_p);
        return { inverse, inverse, 0.0f, -inverse };
    }
};

// A loss of one row of logits per block: losses[r], not yet divided by the total, and the gradient of the final loss, divided.
// With w = weight (1 when null) the row counts w[t] times; cross-entropy's smoothing eps makes it
//   (1 - eps) w[t] (-log p[t]) + eps / classes * sum_c w[c] (-log p[c])
template <class Op>
NE_DEVICE void class_loss(const float* logits, const int* target, const float* weight, const float* total, float* losses, float* d_logits, const ne_class_loss& s)
{
    float smoothing = Op::smooths ? s.smoothing : 0.0f, spread = smoothing / (float)s.classes;
    for (ne_long r = blockIdx.x; r < s.rows; r += gridDim.x)
    {
        const float* x = logits + r * s.classes;
        float* d = d_logits ? d_logits + r * s.classes : nullptr;
        int t = target[r];
        if (ne_ignored(t, s) || !ne_valid(t, s))
        {
            float value = ne_ignored(t, s) ? 0.0f : NE_NAN;
            if (threadIdx.x == 0) losses[r] = value;
            if (d)
                for (int j = (int)threadIdx.x; j < s.classes; j += (int)blockDim.x) d[j] = value;
            continue;
        }
        float largest = -NE_INFINITY;
        for (int j = (int)threadIdx.x; j < s.classes; j += (int)blockDim.x) largest = ne_max(largest, x[j]);
        largest = ne_block_reduce<ne_maximum>(largest);
        float sum = 0.0f, squares = 0.0f, weights = 0.0f, smooth = 0.0f; // smooth = sum of w[c] (x[c] - largest)
        for (int j = (int)threadIdx.x; j < s.classes; j += (int)blockDim.x)
        {
            float shifted = x[j] - largest, e = ne_exp(shifted);
            sum += e;
            if (Op::takes_squares) squares = fmaf(e, e, squares);
            if (smoothing != 0.0f)
            {
                float w = weight ? weight[j] : 1.0f;
                weights += w;
                smooth = fmaf(w, shifted, smooth);
            }
        }
        sum = ne_block_reduce<ne_sum>(sum);
        if (Op::takes_squares) squares = ne_block_reduce<ne_sum>(squares) / (sum * sum);
        float at_t = x[t] - largest, log_sum = ne_log(sum), e_t = ne_exp(at_t);
        ne_class_row row = Op::at(at_t - log_sum, e_t / sum, ne_clamp((sum - e_t) / sum, 0.0f, 1.0f), squares, s.gamma);
        float sharp = (1.0f - smoothing) * (weight ? weight[t] : 1.0f);
        float value = sharp * row.value, of_p = sharp * row.of_p, of_square = sharp * row.of_square, at_target = sharp * row.at_target;
        if (smoothing != 0.0f)
        {
            weights = ne_block_reduce<ne_sum>(weights);
            smooth = ne_block_reduce<ne_sum>(smooth);
            value += spread * (weights * log_sum - smooth);
            of_p += spread * weights;
        }
        if (threadIdx.x == 0) losses[r] = value * s.scale;
        if (!d) continue;
        float divisor = total ? total[0] : 1.0f;
        for (int j = (int)threadIdx.x; j < s.classes; j += (int)blockDim.x)
        {
            float p = ne_exp(x[j] - largest) / sum, slope = Op::takes_squares ? fmaf(of_square, p, of_p) : of_p;
            float wanted = spread * (weight ? weight[j] : 1.0f) - (j == t ? at_target : 0.0f);
            d[j] = (slope * p - wanted) * s.scale / divisor;
        }
    }
}

#define NE_CLASS_LOSS_KERNEL(entry, name)                                                                                                   \
    NE_KERNEL entry(const float* x, const int* target, const float* weight, const float* total, float* losses, float* dx, ne_class_loss s) \
    {                                                                                                                                       \
        class_loss<loss_##name>(x, target, weight, total, losses, dx, s);                                                                   \
    }

NE_CLASS_LOSS_KERNEL(cross_entropy_f32, cross_entropy)
NE_CLASS_LOSS_KERNEL(focal_loss_f32, focal)
NE_CLASS_LOSS_KERNEL(squared_loss_f32, squared)
NE_CLASS_LOSS_KERNEL(softmax_inverse_loss_f32, softmax_inverse)

// Negative log-likelihood of log-probabilities: losses[r] = -w[t] logp[r, t] and its gradient, as above; one thread per element.
NE_KERNEL nll_loss_f32(const float* logp, const int* target, const float* weight, const float* total, float* losses, float* d_logp, ne_class_loss s)
{
    float divisor = total ? total[0] : 1.0f;
    for (ne_long i = ne_start(); i < s.rows * s.classes; i += ne_stride())
    {
        ne_long r = i / s.classes;
        int j = (int)(i - r * s.classes), t = target[r];
        bool ignored = ne_ignored(t, s), valid = ne_valid(t, s);
        float w = ignored ? 0.0f : !valid ? NE_NAN : weight ? weight[t] : 1.0f;
        if (j == 0) losses[r] = ignored ? 0.0f : valid ? -w * logp[r * s.classes + t] * s.scale : w;
        if (d_logp) d_logp[i] = ignored ? 0.0f : !valid ? w : j == t ? -w * s.scale / divisor : 0.0f;
    }
}

// Element-wise losses between x and t: value and slope by x.
struct loss_mse
{
    static __device__ __forceinline__ float value(float x, float t, float, float) { return (x - t) * (x - t); }
    static __device__ __forceinline__ float slope(float x, float t, float, float) { return 2.0f * (x - t); }
};

struct loss_l1
{
    static __device__ __forceinline__ float value(float x, float t, float, float) { return fabsf(x - t); }
    static __device__ __forceinline__ float slope(float x, float t, float, float) { return x > t ? 1.0f : x < t ? -1.0f : x - t; }
};

struct loss_smooth_l1
{
    static __device__ __forceinline__ float value(float x, float t, float, float beta)
    {
        float d = fabsf(x - t);
        return d < beta ? 0.5f * d * d / beta : d - 0.5f * beta;
    }
    static __device__ __forceinline__ float slope(float x, float t, float w, float beta)
    {
        float d = x - t;
        return fabsf(d) < beta ? d / beta : loss_l1::slope(x, t, w, beta);
    }
};

// w = weight of the positive class: (1 - t) x + (1 + (w - 1) t) ln(1 + e^-x), the logarithm taken without overflow.
struct loss_bce_with_logits
{
    static __device__ __forceinline__ float value(float x, float t, float w, float)
    {
        float soft = ne_log1p(ne_exp(-fabsf(x))) + (x < 0.0f ? -x : 0.0f);
        return fmaf(1.0f - t, x, fmaf(w - 1.0f, t, 1.0f) * soft);
    }
    static __device__ __forceinline__ float slope(float x, float t, float w, float) { return (1.0f - t) - fmaf(w - 1.0f, t, 1.0f) * ne_sigmoid(-x); }
};

// One chunk of elements per block. losses[i] per element, or partial[block] = the chunk's sum; dx = scale slope, may be null.
// weight may be null (1) and is read through walk.a.
template <class Op>
NE_DEVICE void element_loss(const float* x, const float* t, const float* weight, float* losses, float* partial, float* dx, const ne_walk& walk, ne_long n,
                            ne_long chunk, float beta, float scale)
{
    ne_long begin = blockIdx.x * chunk, end = begin + chunk < n ? begin + chunk : n;
    float sum = 0.0f;
    for (ne_long i = begin + threadIdx.x; i < end; i += blockDim.x)
    {
        float w = weight ? weight[ne_locate(walk, (unsigned)i).a] : 1.0f;
        float value = Op::value(x[i], t[i], w, beta);
        sum += value;
        if (losses) losses[i] = value;
        if (dx) dx[i] = scale * Op::slope(x[i], t[i], w, beta);
    }
    if (!partial) return;
    sum = ne_block_reduce<ne_sum>(sum);
    if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

#define NE_ELEMENT_LOSS_KERNEL(name)                                                                                        \
    NE_KERNEL name##_loss_f32(const float* x, const float* t, const float* weight, float* losses, float* partial, float* dx, \
                              ne_walk walk, ne_long n, ne_long chunk, float beta, float scale)                              \
    {                                                                                                                       \
        element_loss<loss_##name>(x, t, weight, losses, partial, dx, walk, n, chunk, beta, scale);                          \
    }

NE_ELEMENT_LOSS_KERNEL(mse)
NE_ELEMENT_LOSS_KERNEL(l1)
NE_ELEMENT_LOSS_KERNEL(smooth_l1)
NE_ELEMENT_LOSS_KERNEL(bce_with_logits)
