using NativeEngine.Core;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Strip;

/// <summary>
/// Forward and backward-data with kernels that read the windows where they lie in a strip of the image. With few channels the gather
/// of an implicit matrix product costs more than the product; here nothing is gathered.
/// </summary>
internal static unsafe class StripConv
{
    /// <summary>y = x ⋆ w + bias.</summary>
    public static void Forward(CpuContext context, MicroKernels kernels, in ConvSizes s, float* x, float* w, float* y, float* bias)
    {
        StripSizes sizes = StripSizes.Forward(s, kernels);
        Run(context, kernels, sizes, x, new Filter(w, s.R * s.S * s.C, 1, s.S * s.C, s.C), bias, y, false);
    }

    /// <summary>dx (+)= the gradient, for stride 1: a convolution of dy with the filter turned by 180 degrees.</summary>
    public static void BackwardData(CpuContext context, MicroKernels kernels, in ConvSizes s, float* w, float* dy, float* dx, bool accumulate)
    {
        StripSizes sizes = StripSizes.Backward(s, kernels);
        Run(context, kernels, sizes, dy, new Filter(w + (s.R * s.S - 1) * s.C, 1, s.R * s.S * s.C, -s.S * s.C, -s.C), null, dx, accumulate);
    }

    private static void Run(CpuContext context, MicroKernels kernels, in StripSizes sizes, float* x, in Filter filter, float* bias, float* y, bool accumulate)
    {
        NativeBlock memory = context.Memory.Rent((sizes.Depth + 1L) * sizes.PaddedColumns(kernels) * sizeof(float));
        try
        {
            Pack(kernels, sizes, filter, bias, memory.Floats);
            Partition units = Partition.Of(sizes.Units, 1);
            context.Pool.Run(units.Chunks, new Product(kernels, sizes, new StripImages(context, sizes, x), units, memory.Floats, y, accumulate));
        }
        finally
        {
            context.Memory.Return(memory);
        }
    }

    /// <summary>Panels [panel][1 + depth][column]: a row that the sums start from, then the filter, shifted for each pixel of the group.</summary>
    private static void Pack(MicroKernels kernels, in StripSizes sizes, in Filter filter, float* bias, float* target)
    {
        int depth = sizes.Depth, run = sizes.Run;
        for (int first = 0; first < sizes.Columns; first += kernels.PanelColumns)
        {
            int width = Math.Min(kernels.PanelColumns, sizes.PaddedColumns(kernels) - first);
            VectorCopy.Zero(target, (nint)(depth + 1) * width);
            for (int column = first; column < Math.Min(sizes.Columns, first + width); column++)
            {
                int pixel = column / sizes.Outer, outer = column - pixel * sizes.Outer;
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
    private readonly struct Filter(float* w, nint outerStride, nint innerStride, nint rowStride, nint tapStride)
    {
        public nint InnerStride => innerStride;

        public float* At(int outer, int r, int s) => w + outer * outerStride + r * rowStride + s * tapStride;
    }

    private readonly struct Product(MicroKernels kernels, StripSizes sizes, StripImages images, Partition units, float* panels, float* y, bool accumulate) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            for (int unit = (int)units.Start(chunk); unit < (int)units.End(chunk); unit++)
            {
                (int image, int first, int end) = images.Rows(unit);
                float* strip = images.Load(worker, image, first, end);
                float* panel = panels;
                for (int column = 0; column < sizes.Columns; column += kernels.PanelColumns)
                {
                    int columns = Math.Min(kernels.PanelColumns, sizes.Columns - column), vectors = (columns + kernels.Width - 1) / kernels.Width;
                    Panel(strip, panel, columns, vectors, y + ((nint)image * sizes.OutH + first) * sizes.Groups * sizes.Columns + column, end - first);
                    panel += (nint)(sizes.Depth + 1) * vectors * kernels.Width;
                }
            }
        }

        /// <summary>All rows of the strip times one panel: nearly equal tiles of groups, each by the kernel of its height.</summary>
        private void Panel(float* strip, float* panel, int columns, int vectors, float* target, int rows)
        {
            int lanes = columns - (vectors - 1) * kernels.Width, groups = sizes.Groups, step = sizes.GroupStep, run = sizes.Run;
            int tiles = (groups + kernels.MaxRows - 1) / kernels.MaxRows, low = groups / tiles;
            bool edge = lanes != kernels.Width;
            var lower = kernels.GetForImage(new KernelShape(KernelFamily.ImageRows, low, vectors, edge, step));
            var higher = low * tiles == groups ? lower : kernels.GetForImage(new KernelShape(KernelFamily.ImageRows, low + 1, vectors, edge, step));
            float* mask = kernels.Mask(lanes);
            nint skip = (nint)sizes.DilationH * sizes.RowFloats - run;
            for (int row = 0; row < rows; row++, strip += (nint)sizes.StrideH * sizes.RowFloats, target += (nint)groups * sizes.Columns)
            {
                for (int tile = 0, group = 0; tile < tiles; tile++)
                {
                    int next = (int)((long)groups * (tile + 1) / tiles);
                    var kernel = next - group == low ? lower : higher;
                    kernel(strip + (nint)group * step, 0, panel, 0, target + (nint)group * sizes.Columns, sizes.Columns, run, accumulate ? 1 : 0, mask, sizes.R, skip, 0);
                    group = next;
                }
            }
        }
    }
}
