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

// What a rule is told about a step, laid out as StepSettings in NativeEngine.Cuda. keep = 1 - dampening, fresh1 = 1 - beta1, fresh2 = 1 - beta2.
struct ne_step
{
    float lr, momentum, keep, beta1, fresh1, beta2, fresh2, eps, grad_factor, moment_factor, root_factor, lower, upper, rho, clip;
    int first, nesterov, amsgrad, adaptive, decoupled, centered;
};

// One element as a rule sees it: the parameter, its gradient (scaled by the clip factor) and up to three states.
struct ne_element
{
    float p, g, a, b, c;
};

// What an update rule has: which tensors it reads and writes (0 the parameter, 1 to 3 the states), `begin` and `end` around
// each chunk, and `apply` to one element. A rule's own members hide these.
struct ne_rule
{
    ne_step s;
    float scale, lr, decay;
    bool refused; // a gradient element is not finite: nothing changes
    NE_DEVICE_METHOD ne_rule(const ne_step& step, const float* norm) : s(step), scale(ne_clip_factor(norm, step.clip)), lr(0.0f), decay(0.0f), refused(norm && norm[1] > 0.0f) {}
    NE_DEVICE_METHOD void begin(const ne_slot& slot, int) { lr = s.lr * slot.lr_scale; decay = slot.weight_decay; }
    NE_DEVICE_METHOD void end(ne_long) {}
    NE_DEVICE_METHOD bool reads_grad() const { return true; }
    NE_DEVICE_METHOD bool writes_param() const { return true; }
    NE_DEVICE_METHOD bool writes(int state) const { return false; }
    // g += wd p, or p -= lr wd p where the decay is decoupled.
    NE_DEVICE_METHOD void decay_into(ne_element& e) const
    {
        if (s.decoupled) e.p = fmaf(-lr * decay, e.p, e.p);
        else e.g = fmaf(decay, e.p, e.g);
    }
    // m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2; the second moment to divide by: with amsgrad the largest so far.
    NE_DEVICE_METHOD float advance(ne_element& e) const
    {
        e.a = fmaf(s.beta1, e.a, s.fresh1 * e.g);
        e.b = fmaf(s.beta2, e.b, s.fresh2 * e.g * e.g);
        if (!s.amsgrad) return e.b;
        return e.c = ne_max(e.c, e.b);
    }
};

// Every rule's loop over its chunks: four elements at a time where all addresses allow it.
template <class Rule> NE_DEVICE void ne_update(const ne_slot* slots, int slot_count, ne_long chunks, ne_long chunk_size, Rule rule)
{
    for (ne_long chunk = blockIdx.x; chunk < chunks; chunk += gridDim.x)
    {
        ne_stretch at = ne_find(slots, slot_count, chunk, chunk_size);
        const ne_slot& slot = slots[at.slot];
        float *param = ne_global(slot.param), *first = ne_global(slot.state1), *second = ne_global(slot.state2), *third = ne_global(slot.state3);
        const float* grad = ne_global(slot.grad);
        rule.begin(slot, at.slot);
        if (rule.refused) at.end = at.begin;
        ne_long i = at.begin;
        if (ne_aligned(param, grad) && ne_aligned(first, second, third))
        {
            for (ne_long q = (at.begin >> 2) + threadIdx.x; q < at.end >> 2; q += blockDim.x)
            {
                float4 p = ne_load4(param, q), zero = ne_splat4(0.0f);
                float4 g = rule.reads_grad() ? ne_load4(grad, q) : zero;
                float4 a = rule.reads(1) ? ne_load4(first, q) : zero, b = rule.reads(2) ? ne_load4(second, q) : zero, c = rule.reads(3) ? ne_load4(third, q) : zero;
                ne_element x = { p.x, g.x * rule.scale, a.x, b.x, c.x }, y = { p.y, g.y * rule.scale, a.y, b.y, c.y };
                ne_element z = { p.z, g.z * rule.scale, a.z, b.z, c.z }, w = { p.w, g.w * rule.scale, a.w, b.w, c.w };
                rule.apply(x);
                rule.apply(y);
                rule.apply(z);
                rule.apply(w);
                if (rule.writes_param()) ne_store4(param, q, { x.p, y.p, z.p, w.p });
                if (rule.writes(1)) ne_store4(first, q, { x.a, y.a, z.a, w.a });
                if (rule.writes(2)) ne_store4(second, q, { x.b, y.b, z.b, w.b });
                if (rule.writes(3)) ne_store4(third, q, { x.c, y.c, z.c, w.c });
            }
            i = at.end & ~3ll;
        }
        for (i += threadIdx.x; i < at.end; i += blockDim.x)
        {
            ne_element x = { param[i], rule.reads_grad() ? grad[i] * rule.scale : 0.0f, rule.reads(1) ? first[i] : 0.0f, rule.reads(2) ? second[i] : 0.0f, rule.reads(3) ? third[i] : 0.0f };
            rule.apply(x);
            if (rule.writes_param()) param[i] = x.p;
            if (rule.writes(1)) first[i] = x.a;
            if (rule.writes(2)) second[i] = x.b;
            if (rule.writes(3)) third[i] = x.c;
        }
        rule.end(chunk);
    }
}

// PyTorch's SGD: g += wd p; v = g at first, then momentum v + (1 - dampening) g; p -= lr (nesterov ? g + momentum v : v).
struct sgd_rule : ne_rule
{
    using ne_rule::ne_rule;
    NE_DEVICE_METHOD bool reads(int state) const { return state == 1 && s.momentum != 0.0f && !s.first; }
    NE_DEVICE_METHOD bool writes(int state) const { return state == 1 && s.momentum != 0.0f; }
    NE_DEVICE_METHOD void apply(ne_element& e)
    {
        float g = fmaf(decay, e.p, e.g);
        if (s.momentum != 0.0f)
        {
            e.a = s.first ? g : fmaf(s.momentum, e.a, s.keep * g);
            g = s.nesterov ? fmaf(s.momentum, e.a, g) : e.a;
        }
        e.p = fmaf(-lr, g, e.p);
    }
};

// Two moments, and their maximum with amsgrad.
struct two_moments : ne_rule
{
    using ne_rule::ne_rule;
    NE_DEVICE_METHOD bool reads(int state) const { return state < 3 || s.amsgrad; }
    NE_DEVICE_METHOD bool writes(int state) const { return reads(state); }
};

// Adam and its family (OptimizerRule.Adam, AdamW, Moments): p -= lr (grad_factor g + moment_factor m) / (root_factor sqrt(v) + eps), undivided when not adaptive.
struct adam_rule : two_moments
{
    using two_moments::two_moments;
    NE_DEVICE_METHOD void apply(ne_element& e)
    {
        decay_into(e);
        float v = advance(e);
        float update = fmaf(s.grad_factor, e.g, s.moment_factor * e.a);
        if (s.adaptive) update = update / fmaf(s.root_factor, sqrtf(v), s.eps);
        e.p = fmaf(-lr, update, e.p);
    }
};

// AdaBound (Luo et al. 2019): p -= clamp(lr moment_factor / (sqrt(v) + eps), lower lr, upper lr) m.
struct adabound_rule : two_moments
{
    using two_moments::two_moments;
    NE_DEVICE_METHOD void apply(ne_element& e)
    {
        decay_into(e);
        float rate = lr * s.moment_factor / (sqrtf(advance(e)) + s.eps);
        e.p = fmaf(-ne_clamp(rate, s.lower * lr, s.upper * lr), e.a, e.p);
    }
};

// PyTorch's RMSprop: state 1 the mean of g^2, state 2 the momentum, state 3 the mean of g.
struct rmsprop_rule : ne_rule
{
    using ne_rule::ne_rule;
    NE_DEVICE_METHOD bool reads(int state) const { return state == 1 || (state == 2 && s.momentum != 0.0f) || (state == 3 && s.centered); }
    NE_DEVICE_METHOD bool writes(int state) const { return reads(state); }
    NE_DEVICE_METHOD void apply(ne_element& e)
    {
        float g = fmaf(decay, e.p, e.g);
        e.a = fmaf(s.beta2, e.a, s.fresh2 * g * g);
        float square = e.a;
        if (s.centered)
        {
            e.c = fmaf(s.beta2, e.c, s.fresh2 * g);
            square = square - e.c * e.c;
        }
        float update = g / (sqrtf(square) + s.eps);
        if (s.momentum != 0.0f) update = e.b = fmaf(s.momentum, e.b, update);
        e.p = fmaf(-lr, update, e.p);
    }
};

// Adagrad (Duchi et al. 2011): state 1 the sum of g^2.
struct adagrad_rule : ne_rule
{
    using ne_rule::ne_rule;
    NE_DEVICE_METHOD bool reads(int state) const { return state == 1; }
    NE_DEVICE_METHOD bool writes(int state) const { return state == 1; }
    NE_DEVICE_METHOD void apply(ne_element& e)
    {
        float g = fmaf(decay, e.p, e.g);
        e.a = fmaf(g, g, e.a);
        e.p = fmaf(-lr, g / (sqrtf(e.a) + s.eps), e.p);
    }
};

// Adadelta (Zeiler 2012): state 1 the mean of g^2, state 2 the mean of the squared updates.
struct adadelta_rule : ne_rule
{
    using ne_rule::ne_rule;
    NE_DEVICE_METHOD bool reads(int state) const { return state < 3; }
    NE_DEVICE_METHOD bool writes(int state) const { return state < 3; }
    NE_DEVICE_METHOD void apply(ne_element& e)
    {
        float g = fmaf(decay, e.p, e.g);
        e.a = fmaf(s.beta2, e.a, s.fresh2 * g * g);
        float update = sqrtf(e.b + s.eps) / sqrtf(e.a + s.eps) * g;
        e.b = fmaf(s.beta2, e.b, s.fresh2 * update * update);
        e.p = fmaf(-lr, update, e.p);
    }
};

// The ascent of sharpness-aware minimisation (Foret et al. 2021): state 1 = p; p += rho / norm g, times p^2 where adaptive.
struct sam_rule : ne_rule
{
    NE_DEVICE_METHOD sam_rule(const ne_step& step, const float* norm) : ne_rule(step, norm)
    {
        scale = s.rho / (norm[0] + 1e-12f);
        refused = false; // the way back must be kept in any case
    }
    NE_DEVICE_METHOD bool reads(int) const { return false; }
    NE_DEVICE_METHOD bool writes(int state) const { return state == 1; }
    NE_DEVICE_METHOD void apply(ne_element& e)
    {
        e.a = e.p;
        e.p = s.adaptive ? fmaf(e.p * e.p, e.g, e.p) : e.p + e.g;
    }
};

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

// The first pass of LAMB (You et al. 2020): moments, state 3 = u = moment_factor m / (root_factor sqrt(v) + eps) + wd p, and per
// chunk the sums of p^2 and u^2.
struct lamb_rule : ne_rule
{
    double* squares;
    double* shared;
    double of_p, of_u;
    NE_DEVICE_METHOD lamb_rule(const ne_step& step, const float* norm, double* squares, double* shared) : ne_rule(step, norm), squares(squares), shared(shared), of_p(0.0), of_u(0.0) {}
    NE_DEVICE_METHOD bool reads(int state) const { return state < 3; }
    NE_DEVICE_METHOD bool writes(int state) const { return true; }
    NE_DEVICE_METHOD bool writes_param() const { return false; }
    NE_DEVICE_METHOD void begin(const ne_slot& slot, int index)
    {
        ne_rule::begin(slot, index);
        of_p = of_u = 0.0;
    }
    NE_DEVICE_METHOD void apply(ne_element& e)
    {
        float v = advance(e);
        e.c = fmaf(decay, e.p, s.moment_factor * e.a / fmaf(s.root_factor, sqrtf(v), s.eps));
        of_p = fma((double)e.p, (double)e.p, of_p);
        of_u = fma((double)e.c, (double)e.c, of_u);
    }
    NE_DEVICE_METHOD void end(ne_long chunk)
    {
        double p = block_sum(of_p, shared), u = block_sum(of_u, shared);
        if (threadIdx.x != 0) return;
        squares[2 * chunk] = p;
        squares[2 * chunk + 1] = u;
    }
};

// The last pass of LAMB: p -= lr trust u, with the trust of the parameter.
struct lamb_descent : ne_rule
{
    const float* trust;
    NE_DEVICE_METHOD lamb_descent(const ne_step& step, const float* norm, const float* trust) : ne_rule(step, norm), trust(trust) {}
    NE_DEVICE_METHOD bool reads_grad() const { return false; }
    NE_DEVICE_METHOD bool reads(int state) const { return state == 3; }
    NE_DEVICE_METHOD void begin(const ne_slot& slot, int index) { lr = s.lr * slot.lr_scale * trust[index]; }
    NE_DEVICE_METHOD void apply(ne_element& e) { e.p = fmaf(-lr, e.c, e.p); }
};

#define NE_OPTIMIZER_KERNEL(name, rule)                                                                                             \
    NE_KERNEL name(const ne_slot* slots, int slot_count, ne_long chunks, ne_long chunk_size, ne_step s, const float* norm) \
    {                                                                                                                                 \
        ne_update(slots, slot_count, chunks, chunk_size, rule(s, norm));                                                              \
    }

NE_OPTIMIZER_KERNEL(sgd_step_f32, sgd_rule)
NE_OPTIMIZER_KERNEL(adam_step_f32, adam_rule)
NE_OPTIMIZER_KERNEL(adabound_step_f32, adabound_rule)
NE_OPTIMIZER_KERNEL(rmsprop_step_f32, rmsprop_rule)
NE_OPTIMIZER_KERNEL(adagrad_step_f32, adagrad_rule)
NE_OPTIMIZER_KERNEL(adadelta_step_f32, adadelta_rule)
NE_OPTIMIZER_KERNEL(sam_ascend_f32, sam_rule)

// squares[2 chunk], [2 chunk + 1] = the sums of p^2 and u^2 over the chunk. Block size 256.
NE_KERNEL lamb_direction_f32(const ne_slot* slots, int slot_count, ne_long chunks, ne_long chunk_size, ne_step s, const float* norm, double* squares)
{
    __shared__ double shared[NE_BLOCK];
    ne_update(slots, slot_count, chunks, chunk_size, lamb_rule(s, norm, squares, shared));
}

// trust[i] = norm of p / norm of u of parameter i, 1 where either is 0. A block of 256 threads per parameter.
NE_KERNEL lamb_trust_f32(const ne_slot* slots, int slot_count, ne_long chunks, const double* squares, float* trust)
{
    __shared__ double shared[NE_BLOCK];
    for (int slot = blockIdx.x; slot < slot_count; slot += gridDim.x)
    {
        ne_long end = slot + 1 < slot_count ? slots[slot + 1].first_chunk : chunks;
        double of_p = 0.0, of_u = 0.0;
        for (ne_long i = slots[slot].first_chunk + threadIdx.x; i < end; i += NE_BLOCK)
        {
            of_p += squares[2 * i];
            of_u += squares[2 * i + 1];
        }
        of_p = block_sum(of_p, shared);
        of_u = block_sum(of_u, shared);
        if (threadIdx.x == 0) trust[slot] = of_p > 0.0 && of_u > 0.0 ? (float)(sqrt(of_p) / sqrt(of_u)) : 1.0f;
    }
}

NE_KERNEL lamb_step_f32(const ne_slot* slots, int slot_count, ne_long chunks, ne_long chunk_size, ne_step s, const float* norm, const float* trust)
{
    ne_update(slots, slot_count, chunks, chunk_size, lamb_descent(s, norm, trust));
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
