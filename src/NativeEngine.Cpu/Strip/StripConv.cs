using NativeEngine.Core;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Norm;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Strip;

/// <summary>
/// Forward and backward-data with kernels that read the windows where they lie in a strip of the image. With few channels the gather
/// of an implicit matrix product costs more than the product; here nothing is gathered.
/// </summary>
internal static unsafe class StripConv
{
    /// <summary>y = epilogue(x ⋆ w).</summary>
    public static void Forward(CpuContext context, MicroKernels kernels, in ConvSizes s, float* x, float* w, float* y, Epilogue epilogue)
    {
        StripSizes sizes = StripSizes.Forward(s, kernels);
        Run(context, kernels, sizes, x, new Filter(w, s.K, s.R * s.S * s.C, 1, s.S * s.C, s.C), y, false, epilogue);
    }

    /// <summary>dx (+)= the gradient, for stride 1: a convolution of dy with the filter turned by 180 degrees.</summary>
    public static void BackwardData(CpuContext context, MicroKernels kernels, in ConvSizes s, float* w, float* dy, float* dx, bool accumulate)
    {
        StripSizes sizes = StripSizes.Backward(s, kernels);
        if (StripFold.IsCheaper(s, sizes, kernels)) StripFold.BackwardData(context, kernels, s, w, dy, dx, accumulate);
        else Run(context, kernels, sizes, dy, new Filter(w + (s.R * s.S - 1) * s.C, s.C, 1, s.R * s.S * s.C, -s.S * s.C, -s.C), dx, accumulate, default);
    }

    private static void Run(CpuContext context, MicroKernels kernels, in StripSizes sizes, float* x, in Filter filter, float* y, bool accumulate,
        Epilogue epilogue)
    {
        int channels = filter.Outer;
        NativeBlock moments = MomentSlots.Rent(context, epilogue.Moments, sizes.Units, channels),
            memory = context.Memory.Rent((sizes.Depth + 1L) * sizes.PaddedColumns(kernels) * sizeof(float));
        try
        {
            Pack(kernels, sizes, filter, epilogue.Bias, memory.Floats);
            epilogue.Bias = null; // the sums start from it
            var slots = MomentSlots.In(moments, sizes.Units, channels);
            Partition units = Partition.Of(sizes.Units, 1);
            context.Pool.Run(units.Chunks, new Product(sizes, new StripImages(context, sizes, x), new StripProduct(kernels, sizes, memory.Floats), units, y,
                accumulate, channels, epilogue, slots));
            slots.Publish(epilogue.Moments);
        }
        finally
        {
            context.Memory.Return(moments);
            context.Memory.Return(memory);
        }
    }

    /// <summary>Panels [panel][1 + depth][column]: a row that the sums start from, then the filter, shifted for each pixel of the group.</summary>
    internal static void Pack(MicroKernels kernels, in StripSizes sizes, in Filter filter, float* bias, float* target)
    {
        int depth = sizes.Depth, run = sizes.Run;
        for (int first = 0; first < sizes.Columns; first += kernels.PanelColumns)
        {
            int width = Math.Min(kernels.PanelColumns, sizes.PaddedColumns(kernels) - first);
            VectorCopy.Zero(target, (nint)(depth + 1) * width);
            for (int column = first; column < Math.Min(sizes.Columns, first + width); column++)
            {
                int pixel = column / sizes.Outer, outer = column - pixel * sizes.Outer;
                if (outer >= filter.Outer) continue;
                float* place = target + (column - first);
                if (bias != null) *place = bias[outer];
                place += width + (nint)pixel * sizes.StrideW * sizes.Inner * width;
                for (int r = 0; r < sizes.R; r++, place += (nint)run * width)
                {
                    float* at = place;
                    for (int t = 0; t < sizes.S; t++)
                    {
                        float* tap = filter.At(outer, r, t);
                        for (int c = 0; c < sizes.Inner; c++, at += width) *at = tap[c * filter.InnerStride];
                    }
                }
            }
            target += (nint)(depth + 1) * width;
        }
    }

    /// <summary>w(outer, r, s, inner) by strides, so that one text serves the filter and the turned filter.</summary>
    internal readonly struct Filter(float* w, int outer, nint outerStride, nint innerStride, nint rowStride, nint tapStride)
    {
        /// <summary>Output channels; further columns are zeros.</summary>
        public int Outer => outer;

        public nint InnerStride => innerStride;

        public float* At(int column, int r, int s) => w + column * outerStride + r * rowStride + s * tapStride;
    }

    private readonly struct Product(StripSizes sizes, StripImages images, StripProduct product, Partition units, float* y, bool accumulate, int channels,
        Epilogue epilogue, MomentSlots moments) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            for (int unit = (int)units.Start(chunk); unit < (int)units.End(chunk); unit++)
            {
                (int image, int first, int end) = images.Rows(unit);
                nint rowFloats = (nint)sizes.Groups * sizes.Columns, at = ((nint)image * sizes.OutH + first) * rowFloats;
                product.Run(images.Load(worker, image, first, end), y + at, end - first, accumulate);
                int pixels = (int)((end - first) * rowFloats / channels);
                if (!epilogue.IsEmpty) epilogue.Apply(y + at, channels, at / channels, 0, pixels, channels);
                if (moments.IsWanted) moments.Gather(unit, y + at, channels, pixels, 0, channels);
            }
        }
    }
}
