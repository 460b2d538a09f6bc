using NativeEngine.Core;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Strip;

/// <summary>
/// Filter gradient with kernels that hold (float of the window) x (pixel of the group, filter) sums in registers and walk over all pixels of a
/// strip. Ranges of strips have sums of their own, added in their order.
/// </summary>
internal static unsafe class StripFilterGradient
{
    /// <summary>Ranges of strips that have sums of their own.</summary>
    public const int MaxChunks = 16;

    /// <summary>dw (+)= gradient of the filter.</summary>
    public static void Run(CpuContext context, MicroKernels kernels, in ConvSizes s, float* x, float* dy, float* dw, bool accumulate)
    {
        StripSizes sizes = StripSizes.Forward(s, kernels);
        Partition units = Partition.Of(sizes.Units, 1, maxChunks: MaxChunks);
        int padded = sizes.PaddedColumns(kernels);
        nint sumFloats = (nint)sizes.Depth * padded;
        NativeBlock memory = context.Memory.Rent(units.Chunks * (long)sumFloats * sizeof(float));
        try
        {
            context.Pool.Run(units.Chunks, new Sums(kernels, sizes, new StripImages(context, sizes, x), units, dy, memory.Floats, padded));
            for (int chunk = 1; chunk < units.Chunks; chunk++) VectorCopy.Add(memory.Floats, memory.Floats + chunk * sumFloats, sumFloats);
            Partition filters = Partition.Of(s.K, Math.Max(1, 16384 / (s.R * s.S * s.C)));
            context.Pool.Run(filters.Chunks, new Fold(sizes, filters, memory.Floats, padded, dw, accumulate));
        }
        finally
        {
            context.Memory.Return(memory);
        }
    }

    /// <summary>The kernels of one filter row; the mask of a partial vector takes registers of its own.</summary>
    private static TileKernels Tiles(MicroKernels kernels, in StripSizes sizes) =>
        new(kernels, KernelFamily.ImageColumns, sizes.Run, sizes.Columns, sizes.Columns % kernels.Width == 0 ? kernels.MaxRows : kernels.MaxRows - 1, 1);

    /// <summary>Sums [depth][padded columns] of one range of strips.</summary>
    private readonly struct Sums(MicroKernels kernels, StripSizes sizes, StripImages images, Partition units, float* dy, float* sums, int padded) : IChunkBody
    {
        private readonly TileKernels _tiles = Tiles(kernels, sizes);

        public void Invoke(int chunk, int worker)
        {
            float* target = sums + (nint)chunk * sizes.Depth * padded;
            int start = (int)units.Start(chunk);
            for (int unit = start; unit < (int)units.End(chunk); unit++)
            {
                (int image, int first, int end) = images.Rows(unit);
                float* strip = images.Load(worker, image, first, end);
                float* gradient = dy + ((nint)image * sizes.OutH + first) * sizes.Groups * sizes.Columns;
                for (int column = 0; column < sizes.Columns; column += kernels.PanelColumns) Panel(strip, gradient, column, end - first, target, unit > start);
            }
        }

        /// <summary>The sums of one panel of columns: each filter row in tiles of window floats.</summary>
        private void Panel(float* strip, float* gradient, int column, int rows, float* target, bool add)
        {
            float* mask = _tiles.MaskOf(column);
            int step = sizes.GroupStep, groups = sizes.Groups;
            nint skip = (nint)sizes.StrideH * sizes.RowFloats - (nint)groups * step;
            for (int r = 0; r < sizes.R; r++)
            {
                for (int tile = 0; tile < _tiles.Tiles; tile++)
                {
                    int at = _tiles.Start(tile), count = _tiles.Start(tile + 1) - at;
                    _tiles.Get(column, count)(strip + (nint)r * sizes.DilationH * sizes.RowFloats + at, step, gradient + column, sizes.Columns,
                        target + ((nint)r * sizes.Run + at) * padded + column, padded, groups, add ? 1 : 0, mask, rows, skip, 0);
                }
            }
        }
    }

    /// <summary>dw[k, r, s, c] (+)= the sums of all pixels of the group at that tap.</summary>
    private readonly struct Fold(StripSizes sizes, Partition filters, float* sums, int padded, float* dw, bool accumulate) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            int taps = sizes.S * sizes.Inner;
            for (int k = (int)filters.Start(chunk); k < (int)filters.End(chunk); k++)
            {
                float* target = dw + (nint)k * sizes.R * taps;
                for (int r = 0; r < sizes.R; r++)
                {
                    for (int tap = 0; tap < taps; tap++, target++)
                    {
                        float* at = sums + ((nint)r * sizes.Run + tap) * padded + k;
                        float sum = 0;
                        for (int pixel = 0; pixel < sizes.Group; pixel++) sum += at[(nint)pixel * (sizes.StrideW * sizes.Inner * padded + sizes.Outer)];
                        *target = accumulate ? *target + sum : sum;
                    }
                }
            }
        }
    }
}
