// Optimizer steps over all parameters in one launch, and the gradient norm they clip by.
#include "include/math.cuh"
#include "include/vector.cuh"

// One parameter with its gradient and state, laid out as OptimizerTableRow in NativeEngine.Cuda. Chunks are numbered through
// all parameters: this one has chunks first_chunk ... up to the next row's first_chunk.
struct ne_slot
{
    ne_ulong param, grad, state1, state2, state3; // addresses; 0 where there is none
    ne_long count, first_chunk;
    float weight_decay, lr_scale;
};

// A stretch of one parameter: elements begin ... end.
struct ne_stretch
{
    int slot;
    ne_long begin, end;
};

// The stretch of chunk number `chunk`: the last slot whose first chunk is not above it.
NE_DEVICE ne_stretch ne_find(const ne_slot* slots, int slot_count, ne_long chunk, ne_long chunk_size)
{
    int low = 0, high = slot_count - 1;
    while (low < high)
    {
        int middle = (low + high + 1) >> 1;
        if (slots[middle].first_chunk <= chunk) low = middle;
        else high = middle - 1;
    }
    ne_long begin = (chunk - slots[low].first_chunk) * chunk_size, count = slots[low].count;
    return { low, begin, begin + chunk_size < count ? begin + chunk_size : count };
}

// min(1, clip / (norm + 1e-6)); 1 without a norm or a limit.
NE_DEVICE float ne_clip_factor(const float* norm, float clip)
{
    if (!norm || clip <= 0.0f) return 1.0f;
    float factor = clip / (norm[0] + 1e-6f);
    return factor < 1.0f ? factor : 1.0f;
}

struct sgd_rule
{
    float lr, momentum, keep, weight_decay, scale; // keep = 1 - dampening
    int first, nesterov, has_momentum;
    NE_DEVICE_METHOD void operator()(float& p, float g, float& v) const
    {
        g = fmaf(weight_decay, p, g * scale);
        if (has_momentum)
        {
            v = first ? g : fmaf(momentum, v, keep * g);
            g = nesterov ? fmaf(momentum, v, g) : v;
        }
        p = fmaf(-lr, g, p);
    }
};

// Settings of one SGD step, laid out as SgdSettings in NativeEngine.Cuda.
struct ne_sgd
{
    float lr, momentum, dampening, clip;
    int first, nesterov;
};

// PyTorch's SGD: g = grad clip + wd p; v = g at first, then momentum v + (1 - dampening) g; p -= lr (nesterov ? g + momentum v : v).
NE_KERNEL sgd_step_f32(const ne_slot* slots, int slot_count, ne_long chunks, ne_long chunk_size, ne_sgd s, const float* norm)
{
    float scale = ne_clip_factor(norm, s.clip);
    for (ne_long chunk = blockIdx.x; chunk < chunks; chunk += gridDim.x)
    {
        ne_stretch at = ne_find(slots, slot_count, chunk, chunk_size);
        const ne_slot& slot = slots[at.slot];
        float *param = ne_global(slot.param), *state = ne_global(slot.state1);
        const float* grad = ne_global(slot.grad);
        bool has_momentum = s.momentum != 0.0f;
        sgd_rule rule = { s.lr * slot.lr_scale, s.momentum, 1.0f - s.dampening, slot.weight_decay, scale, s.first, s.nesterov, has_momentum };
        ne_long i = at.begin;
        if (ne_aligned(param, grad, state))
        {
            for (ne_long q = (at.begin >> 2) + threadIdx.x; q < at.end >> 2; q += blockDim.x)
            {
                float4 p = ne_load4(param, q), g = ne_load4(grad, q), v = ne_splat4(0.0f);
                if (has_momentum && !s.first) v = ne_load4(state, q);
                rule(p.x, g.x, v.x);
                rule(p.y, g.y, v.y);
                rule(p.z, g.z, v.z);
                rule(p.w, g.w, v.w);
                ne_store4(param, q, p);
                if (has_momentum) ne_store4(state, q, v);
            }
            i = at.end & ~3ll;
        }
        for (i += threadIdx.x; i < at.end; i += blockDim.x)
        {
            float p = param[i], v = has_momentum && !s.first ? state[i] : 0.0f;
            rule(p, grad[i], v);
            param[i] = p;
            if (has_momentum) state[i] = v;
        }
    }
}

// Settings of one Adam step, laid out as AdamSettings in NativeEngine.Cuda. step_size = lr / (1 - beta1^t), root = sqrt(1 - beta2^t).
struct ne_adam
{
    float lr, step_size, beta1, one_minus_beta1, beta2, one_minus_beta2, root, eps, clip;
    int decoupled, amsgrad;
};

struct adam_rule
{
    ne_adam s;
    float lr, step_size, weight_decay, scale;
    NE_DEVICE_METHOD void operator()(float& p, float g, float& m, float& v, float& top) const
    {
        g = g * scale;
        if (s.decoupled) p = fmaf(-lr * weight_decay, p, p);
        else g = fmaf(weight_decay, p, g);
        m = fmaf(s.beta1, m, s.one_minus_beta1 * g);
        v = fmaf(s.beta2, v, s.one_minus_beta2 * g * g);
        if (s.amsgrad) top = ne_max(top, v);
        float second = s.amsgrad ? top : v;
        p = fmaf(-step_size, m / (sqrtf(second) / s.root + s.eps), p);
    }
};

// Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019) in PyTorch's form; with amsgrad state3 is the maximum of v.
NE_KERNEL adam_step_f32(const ne_slot* slots, int slot_count, ne_long chunks, ne_long chunk_size, ne_adam s, const float* norm)
{
    float scale = ne_clip_factor(norm, s.clip);
    for (ne_long chunk = blockIdx.x; chunk < chunks; chunk += gridDim.x)
    {
        ne_stretch at = ne_find(slots, slot_count, chunk, chunk_size);
        const ne_slot& slot = slots[at.slot];
        float *param = ne_global(slot.param), *first = ne_global(slot.state1), *second = ne_global(slot.state2), *third = ne_global(slot.state3);
        const float* grad = ne_global(slot.grad);
        adam_rule rule = { s, s.lr * slot.lr_scale, s.step_size * slot.lr_scale, slot.weight_decay, scale };
        ne_long i = at.begin;
        if (ne_aligned(param, grad) && ne_aligned(first, second, third))
        {
            for (ne_long q = (at.begin >> 2) + threadIdx.x; q < at.end >> 2; q += blockDim.x)
            {
                float4 p = ne_load4(param, q), g = ne_load4(grad, q), m = ne_load4(first, q), v = ne_load4(second, q), top = ne_splat4(0.0f);
                if (s.amsgrad) top = ne_load4(third, q);
                rule(p.x, g.x, m.x, v.x, top.x);
                rule(p.y, g.y, m.y, v.y, top.y);
                rule(p.z, g.z, m.z, v.z, top.z);
                rule(p.w, g.w, m.w, v.w, top.w);
                ne_store4(param, q, p);
                ne_store4(first, q, m);
                ne_store4(second, q, v);
                if (s.amsgrad) ne_store4(third, q, top);
            }
            i = at.end & ~3ll;
        }
        for (i += threadIdx.x; i < at.end; i += blockDim.x)
        {
            float p = param[i], m = first[i], v = second[i], top = s.amsgrad ? third[i] : 0.0f;
            rule(p, grad[i], m, v, top);
            param[i] = p;
            first[i] = m;
            second[i] = v;
            if (s.amsgrad) third[i] = top;
        }
    }
}

// The sum of one value per thread in a fixed order; every thread gets it.
NE_DEVICE double block_sum(double v, double* shared)
{
    __syncthreads(); // the previous result has been read
    shared[threadIdx.x] = v;
    __syncthreads();
    for (int half = NE_BLOCK / 2; half > 0; half >>= 1)
    {
        if ((int)threadIdx.x < half) shared[threadIdx.x] += shared[threadIdx.x + half];
        __syncthreads();
    }
    return shared[0];
}

// squares[chunk] = the sum of g^2 over the finite gradient elements of a chunk, bad[chunk] = the number of others. Block size 256.
NE_KERNEL grad_norm_f32(const ne_slot* slots, int slot_count, ne_long chunks, ne_long chunk_size, double* squares, double* bad)
{
    __shared__ double shared[NE_BLOCK];
    for (ne_long chunk = blockIdx.x; chunk < chunks; chunk += gridDim.x)
    {
        ne_stretch at = ne_find(slots, slot_count, chunk, chunk_size);
        const float* grad = ne_global(slots[at.slot].grad);
        double sum = 0.0;
        int others = 0;
        for (ne_long i = at.begin + threadIdx.x; i < at.end; i += blockDim.x)
        {
            float g = grad[i];
            if (ne_isfinite(g)) sum = fma((double)g, (double)g, sum);
            else others++;
        }
        sum = block_sum(sum, shared);
        double count = block_sum((double)others, shared);
        if (threadIdx.x == 0)
        {
            squares[chunk] = sum;
            bad[chunk] = count;
        }
    }
}

// norm[0] = sqrt(sum of squares), norm[1] = sum of bad. One block of 256 threads.
NE_KERNEL grad_norm_finish_f32(const double* squares, const double* bad, ne_long chunks, float* norm)
{
    __shared__ double shared[NE_BLOCK];
    double sum = 0.0, count = 0.0;
    for (ne_long i = threadIdx.x; i < chunks; i += NE_BLOCK)
    {
        sum += squares[i];
        count += bad[i];
    }
    sum = block_sum(sum, shared);
    count = block_sum(count, shared);
    if (threadIdx.x == 0)
    {
        norm[0] = (float)sqrt(sum);
        norm[1] = (float)count;
    }
}
