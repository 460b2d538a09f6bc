// Moving data: fill, cast, strided copy (which also serves concatenation, slicing and padding), gather and scatter of rows,
// and the image batch. Kernels named _b8, _b32, _b64 move bits of that width, whatever they mean.
#include "include/math.cuh"
#include "include/vector.cuh"
#include "include/walk.cuh"

template <class T> NE_DEVICE void fill_strided(T* y, const ne_walk& walk, ne_long n, T value)
{
    for (ne_long i = ne_start(); i < n; i += ne_stride()) y[ne_locate(walk, (unsigned)i).a] = value;
}

// y[walk.a(i)] = value.
NE_KERNEL fill_strided_b8(ne_byte* y, ne_walk walk, ne_long n, int value) { fill_strided<ne_byte>(y, walk, n, (ne_byte)value); }
NE_KERNEL fill_strided_b32(unsigned* y, ne_walk walk, ne_long n, unsigned value) { fill_strided<unsigned>(y, walk, n, value); }
NE_KERNEL fill_strided_b64(ne_long* y, ne_walk walk, ne_long n, ne_long value) { fill_strided<ne_long>(y, walk, n, value); }

template <class T> NE_DEVICE void copy_strided(const T* x, T* y, const ne_walk& walk, ne_long n)
{
    for (ne_long i = ne_start(); i < n; i += ne_stride())
    {
        ne_offsets at = ne_locate(walk, (unsigned)i);
        y[at.b] = x[at.a];
    }
}

// y[walk.b(i)] = x[walk.a(i)].
NE_KERNEL copy_strided_b8(const ne_byte* x, ne_byte* y, ne_walk walk, ne_long n) { copy_strided(x, y, walk, n); }
NE_KERNEL copy_strided_b32(const unsigned* x, unsigned* y, ne_walk walk, ne_long n) { copy_strided(x, y, walk, n); }
NE_KERNEL copy_strided_b64(const ne_long* x, ne_long* y, ne_walk walk, ne_long n) { copy_strided(x, y, walk, n); }

// y[walk.b(i)] (+)= scale x[walk.a(i)].
NE_KERNEL scale_strided_f32(const float* x, float* y, ne_walk walk, ne_long n, float scale, int accumulate)
{
    for (ne_long i = ne_start(); i < n; i += ne_stride())
    {
        ne_offsets at = ne_locate(walk, (unsigned)i);
        float v = scale * x[at.a];
        y[at.b] = accumulate ? y[at.b] + v : v;
    }
}

// y[i] (+)= scale x[i], both dense. y may be x.
NE_KERNEL scale_f32(const float* x, float* y, ne_long n, float scale, int accumulate)
{
    ne_long quads = ne_aligned(x, y) ? n >> 2 : 0;
    for (ne_long i = ne_start(); i < quads; i += ne_stride())
    {
        float4 v = ne_load4(x, i);
        v = { scale * v.x, scale * v.y, scale * v.z, scale * v.w };
        ne_store4(y, i, accumulate ? ne_add4(ne_load4(y, i), v) : v);
    }
    for (ne_long i = (quads << 2) + ne_start(); i < n; i += ne_stride())
    {
        float v = scale * x[i];
        y[i] = accumulate ? y[i] + v : v;
    }
}

template <class From, class To> NE_DEVICE void cast(const From* x, To* y, ne_long n)
{
    for (ne_long i = ne_start(); i < n; i += ne_stride()) y[i] = (To)x[i];
}

// y[i] = x[i] in another type; floats round toward zero when they become integers.
#define NE_CAST_KERNEL(from, From, to, To) \
    NE_KERNEL cast_##from##_##to(const From* x, To* y, ne_long n) { cast(x, y, n); }

NE_CAST_KERNEL(f32, float, s32, int)
NE_CAST_KERNEL(f32, float, s64, ne_long)
NE_CAST_KERNEL(s32, int, f32, float)
NE_CAST_KERNEL(s32, int, s64, ne_long)
NE_CAST_KERNEL(s32, int, u8, ne_byte)
NE_CAST_KERNEL(s64, ne_long, f32, float)
NE_CAST_KERNEL(s64, ne_long, s32, int)
NE_CAST_KERNEL(s64, ne_long, u8, ne_byte)
NE_CAST_KERNEL(u8, ne_byte, f32, float)
NE_CAST_KERNEL(u8, ne_byte, s32, int)
NE_CAST_KERNEL(u8, ne_byte, s64, ne_long)

// Through int, so that values outside 0 ... 255 wrap the same way everywhere.
NE_KERNEL cast_f32_u8(const float* x, ne_byte* y, ne_long n)
{
    for (ne_long i = ne_start(); i < n; i += ne_stride()) y[i] = (ne_byte)(int)x[i];
}

template <class T> NE_DEVICE void gather_rows(const T* x, const int* index, T* y, ne_long rows, ne_long n, ne_long width)
{
    for (ne_long i = ne_start(); i < n * width; i += ne_stride())
    {
        ne_long r = i / width, from = index[r];
        // A row outside x reads as all bits set (NaN, -1): wrong on sight, and never outside the buffer.
        y[i] = from >= 0 && from < rows ? x[from * width + (i - r * width)] : (T)~(T)0;
    }
}

// y[i, :] = x[index[i], :]; x [rows, width], y [n, width].
NE_KERNEL gather_rows_fwd_b8(const ne_byte* x, const int* index, ne_byte* y, ne_long rows, ne_long n, ne_long width) { gather_rows(x, index, y, rows, n, width); }
NE_KERNEL gather_rows_fwd_b32(const unsigned* x, const int* index, unsigned* y, ne_long rows, ne_long n, ne_long width) { gather_rows(x, index, y, rows, n, width); }
NE_KERNEL gather_rows_fwd_b64(const ne_long* x, const int* index, ne_long* y, ne_long rows, ne_long n, ne_long width) { gather_rows(x, index, y, rows, n, width); }

// dx[index[i], :] += dy[i, :] in the order of i; one block per i. The first i that names a row does all the adding for it,
// so no two blocks touch the same row and the order never changes.
NE_KERNEL gather_rows_bwd_f32(const int* index, const float* dy, float* dx, ne_long rows, ne_long n, ne_long width)
{
    __shared__ int earlier[NE_BLOCK];
    for (ne_long i = blockIdx.x; i < n; i += gridDim.x)
    {
        int row = index[i];
        int found = row < 0 || row >= rows;
        for (ne_long j = threadIdx.x; j < i; j += blockDim.x) found |= index[j] == row;
        __syncthreads(); // the previous round's values have been read
        earlier[threadIdx.x] = found;
        __syncthreads();
        for (int half = (int)blockDim.x >> 1; half > 0; half >>= 1)
        {
            if ((int)threadIdx.x < half) earlier[threadIdx.x] |= earlier[threadIdx.x + half];
            __syncthreads();
        }
        if (earlier[0]) continue;
        for (ne_long column = threadIdx.x; column < width; column += blockDim.x)
        {
            float sum = dx[row * width + column];
            for (ne_long j = i; j < n; j++)
                if (index[j] == row) sum += dy[j * width + column];
            dx[row * width + column] = sum;
        }
    }
}

// Sizes of image_batch, laid out as ImageBatchShape in NativeEngine.Cuda.
struct ne_image_sizes
{
    int n, channels, height, width, out_height, out_width;
    float fill;
};

// y[n, h, w, c] = (pixels[n, h', w', c] / 255 - mean[c]) / std[c], outside the image fill, with h' = h + down - (out_height - height) / 2,
// w' = w + right - (out_width - width) / 2 from the left, or from the right when flip is set. place[n] = (down, right, flip).
// pixels and y are channels-last.
NE_KERNEL image_batch_u8(const ne_byte* pixels, const int* place, const float* mean, const float* std, float* y, ne_image_sizes s)
{
    ne_long total = (ne_long)s.n * s.out_height * s.out_width * s.channels;
    for (ne_long i = ne_start(); i < total; i += ne_stride())
    {
        unsigned at = (unsigned)i;
        int c = (int)(at % s.channels);
        at /= s.channels;
        int w = (int)(at % s.out_width);
        at /= s.out_width;
        int h = (int)(at % s.out_height), n = (int)(at / s.out_height);
        const int* p = place + 3 * n;
        int row = h + p[0] - (s.out_height - s.height) / 2;
        int column = (p[2] ? s.out_width - 1 - w : w) + p[1] - (s.out_width - s.width) / 2;
        bool inside = row >= 0 && row < s.height && column >= 0 && column < s.width;
        ne_long from = (((ne_long)n * s.height + row) * s.width + column) * s.channels + c;
        y[i] = inside ? ((float)pixels[from] / 255.0f - mean[c]) / std[c] : s.fill;
    }
}
