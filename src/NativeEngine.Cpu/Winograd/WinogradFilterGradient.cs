using NativeEngine.Core;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Winograd;

/// <summary>
/// Filter gradient of 3 x 3 convolutions with stride 1: dw = Gᵀ[Σ over tiles of (A dY Aᵀ)ᵀ (Bᵀ d B)]G. Tiles go through in groups:
/// transform a group, then multiply it, each position of the tile in one place, so the order of the sums is fixed.
/// </summary>
internal static unsafe class WinogradFilterGradient<TTile> where TTile : struct, IWinogradTile
{
    /// <summary>Floats of transformed tiles per group: a share of the last-level cache.</summary>
    private const long GroupFloats = 3 << 20;
    private const int MaxKc = 192, TilesPerChunk = 4, ScratchWork = 3;

    private static int Positions => TTile.Inputs * TTile.Inputs;

    /// <summary>dw (+)= gradient of the filter.</summary>
    public static void Run(CpuContext context, MicroKernels kernels, in ConvSizes s, float* x, float* dy, float* dw, bool accumulate)
    {
        var grid = new TileGrid(s.N, s.P, s.Q, TTile.Outputs, TTile.Inputs);
        var layout = new Layout(s, kernels, grid.Tiles);
        NativeBlock memory = context.Memory.Rent((layout.InputSize + layout.GradientSize + layout.SumSize + Math.Max(s.C, s.K)) * sizeof(float));
        try
        {
            float* v = memory.Floats, d = v + layout.InputSize, sums = d + layout.GradientSize, zeros = sums + layout.SumSize;
            VectorCopy.Zero(zeros, Math.Max(s.C, s.K));
            int panelChunks = Math.Max(1, layout.Panels / 4);
            int groups = (grid.Tiles + layout.Group - 1) / layout.Group;
            for (int group = 0; group < groups; group++)
            {
                int first = (int)((long)grid.Tiles * group / groups), end = (int)((long)grid.Tiles * (group + 1) / groups);
                Partition parts = Partition.Of(end - first, TilesPerChunk);
                context.Pool.Run(parts.Chunks, new TransformStep(context, layout, grid, parts, first, x, dy, v, d, zeros));
                context.Pool.Run(Positions * panelChunks, new MultiplyStep(kernels, layout, panelChunks, end - first, v, d, sums, group > 0));
            }
            Partition filters = Partition.Of(s.K, Math.Max(1, 2048 / s.C));
            context.Pool.Run(filters.Chunks, new OutputStep(context, layout, filters, sums, dw, accumulate));
        }
        finally
        {
            context.Memory.Return(memory);
        }
    }

    /// <summary>Where the intermediate values of one group lie.</summary>
    private readonly struct Layout
    {
        public Layout(in ConvSizes s, MicroKernels kernels, int tiles)
        {
            Sizes = s;
            Kernels = kernels;
            Columns = PackedPanels.PaddedColumns(s.C, kernels);
            Panels = (s.C + kernels.PanelColumns - 1) / kernels.PanelColumns;
            GradientRow = (s.K + 15) / 16 * 16 + 16;
            int wanted = (int)Math.Max(56, GroupFloats / (TTile.Inputs * TTile.Inputs * (Columns + GradientRow)));
            Group = Math.Min(tiles, wanted);
            InputStride = (nint)Group * Columns + 16;
            GradientStride = (nint)Group * GradientRow + 16;
            SumStride = (nint)s.K * s.C + 272;
        }

        public readonly ConvSizes Sizes;
        public readonly MicroKernels Kernels;

        /// <summary>Channels of V, filled up to whole vectors.</summary>
        public readonly int Columns;
        public readonly int Panels;

        /// <summary>Tiles in a group.</summary>
        public readonly int Group;

        /// <summary>Distance of two tiles in D.</summary>
        public readonly nint GradientRow;

        /// <summary>Distances of two positions in V [panel][tile][column], D [tile][K] and the sums [K][C].</summary>
        public readonly nint InputStride, GradientStride, SumStride;

        public long InputSize => Positions * InputStride;

        public long GradientSize => Positions * GradientStride;

        public long SumSize => Positions * SumStride;

        public int PanelStart(int panel) => panel * Kernels.PanelColumns;

        public int PanelColumns(int panel) => Math.Min(Kernels.PanelColumns, Sizes.C - PanelStart(panel));

        public int PanelWidth(int panel) => (PanelColumns(panel) + Kernels.Width - 1) / Kernels.Width * Kernels.Width;
    }

    /// <summary>V and D of a range of tiles.</summary>
    private readonly struct TransformStep(CpuContext context, Layout layout, TileGrid grid, Partition parts, int first, float* x, float* dy, float* v, float* d, float* zeros) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            ConvSizes s = layout.Sizes;
            float* scratch = context.Scratch.Get(worker, ScratchWork, Positions * 2 + 16 + Positions * 16);
            float** pixels = (float**)scratch;
            float* work = scratch + (Positions * 2 + 15) / 16 * 16;
            for (int at = (int)parts.Start(chunk); at < (int)parts.End(chunk); at++)
            {
                grid.InputPixels(pixels, first + at, x, s.H, s.W, s.C, s.PadH, s.PadW, zeros);
                for (int panel = 0; panel < layout.Panels; panel++)
                {
                    int start = layout.PanelStart(panel), columns = layout.PanelColumns(panel), width = layout.PanelWidth(panel);
                    float* row = v + (nint)start * layout.Group + (nint)at * width;
                    VectorLoop.Run(new InputKernel<TTile>(pixels, start, row, layout.InputStride, work), columns);
                    for (int position = 0; columns < width && position < Positions; position++) VectorCopy.Zero(row + position * layout.InputStride + columns, width - columns);
                }
                grid.OutputPixels(pixels, first + at, dy, s.P, s.Q, s.K, zeros);
                VectorLoop.Run(new OutputGradientKernel<TTile>(pixels, d + at * layout.GradientRow, layout.GradientStride, work), s.K);
            }
        }
    }

    /// <summary>sums[position] (+)= D[position]ᵀ V[position] for some panels.</summary>
    private readonly struct MultiplyStep(MicroKernels kernels, Layout layout, int panelChunks, int tiles, float* v, float* d, float* sums, bool add) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            int position = chunk / panelChunks, part = chunk % panelChunks;
            var blocks = new KBlocks(tiles, MaxKc);
            for (int block = 0; block < blocks.Count; block++)
            {
                int k = blocks.Start(block);
                for (int panel = layout.Panels * part / panelChunks; panel < layout.Panels * (part + 1) / panelChunks; panel++)
                {
                    int start = layout.PanelStart(panel), width = layout.PanelWidth(panel);
                    PanelSweep.Run(kernels, KernelFamily.KMajor, d + position * layout.GradientStride + k * layout.GradientRow, layout.GradientRow, layout.Sizes.K,
                        v + position * layout.InputStride + (nint)start * layout.Group + (nint)k * width, width, layout.PanelColumns(panel), blocks.Length(block),
                        sums + position * layout.SumStride + start, layout.Sizes.C, add || block > 0);
                }
            }
        }
    }

    /// <summary>dw of a range of filters.</summary>
    private readonly struct OutputStep(CpuContext context, Layout layout, Partition filters, float* sums, float* dw, bool accumulate) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            int channels = layout.Sizes.C;
            float* work = context.Scratch.Get(worker, ScratchWork, Positions * 16);
            for (long k = filters.Start(chunk); k < filters.End(chunk); k++)
            {
                VectorLoop.Run(new FilterGradientKernel<TTile>(sums + k * channels, layout.SumStride, dw + k * 9 * channels, channels, accumulate, work), channels);
            }
        }
    }
}
