using NativeEngine.Core;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Winograd;

/// <summary>
/// Filter gradient of 3 x 3 convolutions with stride 1 or 2: dw = Gᵀ[Σ over tiles of (A dY Aᵀ)ᵀ (Bᵀ d B)]G. Tiles go through in groups:
/// transform a group, then multiply it, each position of the tile in one place, so the order of the sums is fixed.
/// </summary>
internal static unsafe class WinogradFilterGradient<TTile> where TTile : struct, IWinogradGradientTile
{
    /// <summary>Floats of transformed tiles per group, 4 MB: what the cores' L2 hold together, or a small share of the last-level cache.</summary>
    private const long GroupFloats = 1 << 20;
    private const int MaxKc = 192, TilesPerChunk = 4, ScratchSums = 0, ScratchWork = 3;

    /// <summary>Filters whose sums over all positions fit a core's L2 beside their operands.</summary>
    private const int RowBlock = 112;

    private static int Positions => TileTransform<TTile>.Positions;

    private static int Filters => TileTransform<TTile>.Filters;

    /// <summary>dw (+)= gradient of the filter.</summary>
    public static void Run(CpuContext context, MicroKernels kernels, in ConvSizes s, float* x, float* dy, float* dw, bool accumulate, long groupFloats = GroupFloats)
    {
        var grid = TileGrid.For<TTile>(s.N, s.P, s.Q);
        var layout = new Layout(s, kernels, grid.Tiles, groupFloats);
        NativeBlock memory = context.Memory.Rent((layout.InputSize + layout.GradientSize + layout.SumSize + Math.Max(s.C, s.K)) * sizeof(float));
        try
        {
            float* v = memory.Floats, d = v + layout.InputSize, sums = d + layout.GradientSize, zeros = sums + layout.SumSize;
            VectorCopy.Zero(zeros, Math.Max(s.C, s.K));
            int panelChunks = Math.Max(1, layout.Panels / 4), groups = layout.Groups;
            if (groups == 1)
            {
                Partition all = Partition.Of(grid.Tiles, TilesPerChunk);
                context.Pool.Run(all.Chunks, new TransformStep(context, layout, grid, all, 0, x, dy, v, d, zeros));
                int rowBlocks = (s.K + RowBlock - 1) / RowBlock;
                context.Pool.Run(rowBlocks * layout.Panels, new MultiplyOutputStep(context, layout, rowBlocks, grid.Tiles, v, d, dw, accumulate));
                return;
            }
            for (int group = 0; group < groups; group++)
            {
                int first = (int)((long)grid.Tiles * group / groups), end = (int)((long)grid.Tiles * (group + 1) / groups);
                Partition parts = Partition.Of(end - first, TilesPerChunk);
                context.Pool.Run(parts.Chunks, new TransformStep(context, layout, grid, parts, first, x, dy, v, d, zeros));
                context.Pool.Run(Filters * panelChunks, new MultiplyStep(kernels, layout, panelChunks, end - first, v, d, sums, group > 0));
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
        public Layout(in ConvSizes s, MicroKernels kernels, int tiles, long groupFloats)
        {
            Sizes = s;
            Kernels = kernels;
            Columns = PackedPanels.PaddedColumns(s.C, kernels);
            Panels = (s.C + kernels.PanelColumns - 1) / kernels.PanelColumns;
            GradientRow = (s.K + 15) / 16 * 16 + 16;
            // Each group adds to all sums once: enough tiles that their own traffic outweighs that of the sums.
            long least = Math.Max(56, (long)s.C * s.K / (s.C + s.K));
            int wanted = (int)Math.Max(least, groupFloats / (Positions * (Columns + GradientRow)));
            Group = Math.Min(tiles, wanted);
            Groups = (tiles + Group - 1) / Group;
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
        public readonly int Groups;

        /// <summary>Distance of two tiles in D.</summary>
        public readonly nint GradientRow;

        /// <summary>Distances of two positions in V [panel][tile][column], D [tile][K] and the sums [K][C].</summary>
        public readonly nint InputStride, GradientStride, SumStride;

        public long InputSize => Positions * InputStride;

        public long GradientSize => Positions * GradientStride;

        /// <summary>With one group the sums of a rectangle are used up at once and need no memory of their own.</summary>
        public long SumSize => Groups == 1 ? 0 : Filters * SumStride;

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

    /// <summary>sums[filter] (+)= Σ over its positions of D[position]ᵀ V[position] for some panels.</summary>
    private readonly struct MultiplyStep(MicroKernels kernels, Layout layout, int panelChunks, int tiles, float* v, float* d, float* sums, bool add) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            // The last filters may have several positions: they come first, so that no long chunk is left for the end.
            int filter = Filters - 1 - chunk / panelChunks, part = chunk % panelChunks;
            var blocks = new KBlocks(tiles, MaxKc);
            bool sum = add;
            for (int position = 0; position < Positions; position++)
            {
                if (TileTransform<TTile>.FilterOf(position) != filter) continue;
                for (int block = 0; block < blocks.Count; block++, sum = true) Multiply(position, filter, part, blocks.Start(block), blocks.Length(block), sum);
            }
        }

        private void Multiply(int position, int filter, int part, int k, int kc, bool sum)
        {
            for (int panel = layout.Panels * part / panelChunks; panel < layout.Panels * (part + 1) / panelChunks; panel++)
            {
                int start = layout.PanelStart(panel), width = layout.PanelWidth(panel);
                PanelSweep.Run(kernels, KernelFamily.KMajor, d + position * layout.GradientStride + k * layout.GradientRow, layout.GradientRow, layout.Sizes.K,
                    v + position * layout.InputStride + (nint)start * layout.Group + (nint)k * width, width, layout.PanelColumns(panel), kc,
                    sums + filter * layout.SumStride + start, layout.Sizes.C, sum);
            }
        }
    }

    /// <summary>dw of a rectangle of filters and channels from all tiles: the sums of its filter values live in scratch memory only.</summary>
    private readonly struct MultiplyOutputStep(CpuContext context, Layout layout, int rowBlocks, int tiles, float* v, float* d, float* dw, bool accumulate) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            int panel = chunk / rowBlocks, block = chunk % rowBlocks, filters = layout.Sizes.K, channels = layout.Sizes.C;
            int row = (int)((long)filters * block / rowBlocks), rows = (int)((long)filters * (block + 1) / rowBlocks) - row;
            int start = layout.PanelStart(panel), columns = layout.PanelColumns(panel), width = layout.PanelWidth(panel);
            nint stride = (nint)rows * width + 16;
            float* sums = context.Scratch.Get(worker, ScratchSums, Filters * stride), work = context.Scratch.Get(worker, ScratchWork, Positions * 16);
            var blocks = new KBlocks(tiles, MaxKc);
            int begun = -1; // the first position of a filter comes before the first of the next
            for (int position = 0; position < Positions; position++)
            {
                int filter = TileTransform<TTile>.FilterOf(position);
                bool first = filter > begun;
                begun = Math.Max(begun, filter);
                for (int b = 0; b < blocks.Count; b++)
                {
                    int k = blocks.Start(b);
                    PanelSweep.Run(layout.Kernels, KernelFamily.KMajor, d + position * layout.GradientStride + k * layout.GradientRow + row, layout.GradientRow, rows,
                        v + position * layout.InputStride + (nint)start * layout.Group + (nint)k * width, width, columns, blocks.Length(b), sums + filter * stride, width, b > 0 || !first);
                }
            }
            for (int r = 0; r < rows; r++)
            {
                VectorLoop.Run(new FilterGradientKernel<TTile>(sums + r * width, stride, dw + (nint)(row + r) * 9 * channels + start, channels, accumulate, work), columns);
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
