using System.Numerics;
using NativeEngine.Core;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Winograd;

/// <summary>
/// Filter gradient of 3 x 3 convolutions with stride 1 or 2: dw = Gᵀ[Σ over tiles of (A dY Aᵀ)ᵀ (Bᵀ d B)]G. Tiles go through in groups:
/// transform a group, then multiply it. Segments of tiles have sums of their own, which are added in their order at the end.
/// </summary>
/// <remarks>
/// A worker takes a whole segment through, so that no core reads what another has transformed; only with more workers than segments is every
/// group shared among them. The order of the sums is the same.
/// </remarks>
internal static unsafe class WinogradFilterGradient<TTile> where TTile : struct, IWinogradGradientTile
{
    /// <summary>Floats of transformed tiles per group, 4 MB: what the cores' L2 hold together, or a small share of the last-level cache.</summary>
    private const long GroupFloats = 1 << 20;

    /// <summary>Most segments: few enough that their sums stay small.</summary>
    private const int MaxSegments = 16;

    /// <summary>Fewest tiles of a segment.</summary>
    private const int LeastSegment = 64;

    /// <summary>The tiles of a segment are at least this many times as large as its sums.</summary>
    private const int SegmentTraffic = 4;

    private const int MaxKc = 192, TilesPerChunk = 4, ScratchSums = 0, ScratchWork = 3;

    /// <summary>Filters whose sums over all positions fit a core's L2 beside their operands.</summary>
    private const int RowBlock = 112;

    private static int Positions => TileTransform<TTile>.Positions;

    private static int Filters => TileTransform<TTile>.Filters;

    /// <summary>dw (+)= gradient of the filter.</summary>
    public static void Run(CpuContext context, MicroKernels kernels, in ConvSizes s, float* x, float* dy, float* dw, bool accumulate,
        long groupFloats = GroupFloats)
    {
        var grid = TileGrid.For<TTile>(s.N, s.P, s.Q);
        var layout = new Layout(s, kernels, grid.Tiles, groupFloats);
        bool shared = context.Pool.Threads > layout.Segments;
        long groupsSize = layout.GroupSize * (shared ? 1 : context.Pool.Threads);
        NativeBlock memory = context.Memory.Rent((layout.SumSize + groupsSize + Math.Max(s.C, s.K)) * sizeof(float));
        try
        {
            float* sums = memory.Floats, groups = sums + layout.SumSize, zeros = groups + groupsSize;
            VectorCopy.Zero(zeros, Math.Max(s.C, s.K));
            var tiles = new Tiles(context, layout, grid, x, dy, zeros);
            if (layout.IsOneGroup)
            {
                Partition all = Partition.Of(grid.Tiles, TilesPerChunk);
                context.Pool.Run(all.Chunks, new TransformStep(tiles, all, 0, groups));
                int rowBlocks = (s.K + RowBlock - 1) / RowBlock;
                context.Pool.Run(rowBlocks * layout.Panels, new MultiplyOutputStep(context, layout, rowBlocks, grid.Tiles, groups, dw, accumulate));
                return;
            }
            if (shared) ShareGroups(context, layout, tiles, groups, sums);
            else context.Pool.Run(layout.Segments, new SegmentStep(layout, tiles, groups, sums));
            Partition filters = Partition.Of(s.K, Math.Max(1, 2048 / s.C));
            context.Pool.Run(filters.Chunks, new OutputStep(context, layout, filters, sums, dw, accumulate));
        }
        finally
        {
            context.Memory.Return(memory);
        }
    }

    /// <summary>The sums of all segments, one group after the other, each of them on all threads.</summary>
    private static void ShareGroups(CpuContext context, in Layout layout, Tiles tiles, float* group, float* sums)
    {
        int panelChunks = Math.Max(1, layout.Panels / 4);
        for (int segment = 0; segment < layout.Segments; segment++)
        {
            for (int i = 0; i < layout.Groups(segment); i++)
            {
                (int first, int count) = layout.TilesOf(segment, i);
                Partition parts = Partition.Of(count, TilesPerChunk);
                context.Pool.Run(parts.Chunks, new TransformStep(tiles, parts, first, group));
                context.Pool.Run(Filters * panelChunks, new MultiplyStep(layout, panelChunks, count, group, layout.SumsOf(sums, segment), i > 0));
            }
        }
    }

    /// <summary>Which tiles form segments and groups, and where the intermediate values of one group lie: V [position][panel][tile][column], then D
    /// [position][tile][K].</summary>
    private readonly struct Layout
    {
        private readonly int _tiles;
        private readonly int _group;

        public Layout(in ConvSizes s, MicroKernels kernels, int tiles, long groupFloats)
        {
            Sizes = s;
            Kernels = kernels;
            _tiles = tiles;
            GradientRow = (s.K + 15) / 16 * 16 + 16;
            int columns = PackedPanels.PaddedColumns(s.C, kernels);
            Panels = (s.C + kernels.PanelColumns - 1) / kernels.PanelColumns;
            // Each group adds to all sums once: enough tiles that their own traffic outweighs that of the sums.
            long least = Math.Max(56, (long)s.C * s.K / (s.C + s.K));
            _group = Math.Min(tiles, (int)Math.Max(least, groupFloats / (Positions * (columns + GradientRow))));
            long segments = Math.Clamp(Math.Min(tiles / LeastSegment, tiles * (long)(s.C + s.K) / ((long)SegmentTraffic * s.C * s.K)), 1, MaxSegments);
            Segments = 1 << BitOperations.Log2((ulong)segments);
            InputStride = (nint)_group * columns + 16;
            GradientStride = (nint)_group * GradientRow + 16;
            SumStride = (nint)s.K * s.C + 272;
        }

        public readonly ConvSizes Sizes;
        public readonly MicroKernels Kernels;
        public readonly int Panels;

        /// <summary>Ranges of tiles that are summed separately.</summary>
        public readonly int Segments;

        /// <summary>Distance of two tiles in D.</summary>
        public readonly nint GradientRow;

        /// <summary>Distances of two positions in V, D and the sums [K][C].</summary>
        public readonly nint InputStride, GradientStride, SumStride;

        /// <summary>All tiles fit one group.</summary>
        public bool IsOneGroup => Segments == 1 && _group == _tiles;

        /// <summary>Tiles that a group has room for.</summary>
        public int Group => _group;

        /// <summary>Floats of V and D of a group.</summary>
        public long GroupSize => Positions * (InputStride + GradientStride);

        /// <summary>With one group the sums of a rectangle are used up at once and need no memory of their own.</summary>
        public long SumSize => IsOneGroup ? 0 : Segments * (long)Filters * SumStride;

        /// <summary>Groups of a segment.</summary>
        public int Groups(int segment) => (SegmentStart(segment + 1) - SegmentStart(segment) + _group - 1) / _group;

        /// <summary>The tiles of a group.</summary>
        public (int First, int Count) TilesOf(int segment, int group)
        {
            int start = SegmentStart(segment), count = SegmentStart(segment + 1) - start, groups = Groups(segment);
            int first = start + (int)((long)count * group / groups);
            return (first, start + (int)((long)count * (group + 1) / groups) - first);
        }

        public float* SumsOf(float* sums, int segment) => sums + segment * Filters * SumStride;

        /// <summary>D of a group.</summary>
        public float* Gradients(float* group) => group + Positions * InputStride;

        public int PanelStart(int panel) => panel * Kernels.PanelColumns;

        public int PanelColumns(int panel) => Math.Min(Kernels.PanelColumns, Sizes.C - PanelStart(panel));

        public int PanelWidth(int panel) => (PanelColumns(panel) + Kernels.Width - 1) / Kernels.Width * Kernels.Width;

        private int SegmentStart(int segment) => (int)((long)_tiles * segment / Segments);
    }

    /// <summary>Transforms tiles of the images.</summary>
    private readonly struct Tiles(CpuContext context, Layout layout, TileGrid grid, float* x, float* dy, float* zeros)
    {
        /// <summary>V and D of the tiles [start, end) of a group whose first tile is number <paramref name="first"/>.</summary>
        public void Transform(int worker, int first, int start, int end, float* group)
        {
            ConvSizes s = layout.Sizes;
            float* d = layout.Gradients(group), scratch = context.Scratch.Get(worker, ScratchWork, Positions * 2 + 16 + Positions * 16);
            float** pixels = (float**)scratch;
            float* work = scratch + (Positions * 2 + 15) / 16 * 16;
            for (int at = start; at < end; at++)
            {
                grid.InputPixels(pixels, first + at, x, s.H, s.W, s.C, s.PadH, s.PadW, zeros);
                for (int panel = 0; panel < layout.Panels; panel++)
                {
                    int column = layout.PanelStart(panel), columns = layout.PanelColumns(panel), width = layout.PanelWidth(panel);
                    float* row = group + (nint)column * layout.Group + (nint)at * width;
                    VectorLoop.Run(new InputKernel<TTile>(pixels, column, row, layout.InputStride, work), columns);
                    for (int position = 0; columns < width && position < Positions; position++)
                        VectorCopy.Zero(row + position * layout.InputStride + columns, width - columns);
                }
                grid.OutputPixels(pixels, first + at, dy, s.P, s.Q, s.K, zeros);
                VectorLoop.Run(new OutputGradientKernel<TTile>(pixels, d + at * layout.GradientRow, layout.GradientStride, work), s.K);
            }
        }
    }

    /// <summary>V and D of a range of tiles of a group.</summary>
    private readonly struct TransformStep(Tiles tiles, Partition parts, int first, float* group) : IChunkBody
    {
        public void Invoke(int chunk, int worker) => tiles.Transform(worker, first, (int)parts.Start(chunk), (int)parts.End(chunk), group);
    }

    /// <summary>sums[filter] (+)= Σ over its positions of D[position]ᵀ V[position] for some panels.</summary>
    private readonly struct MultiplyStep(Layout layout, int panelChunks, int tiles, float* group, float* sums, bool add) : IChunkBody
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
                PanelSweep.Run(layout.Kernels, KernelFamily.KMajor, layout.Gradients(group) + position * layout.GradientStride + k * layout.GradientRow,
                    layout.GradientRow, layout.Sizes.K,
                    group + position * layout.InputStride + (nint)start * layout.Group + (nint)k * width, width, layout.PanelColumns(panel), kc,
                    sums + filter * layout.SumStride + start, layout.Sizes.C, sum);
            }
        }
    }

    /// <summary>The sums of one segment; one chunk is one segment.</summary>
    /// <param name="groups">V and D of a group for each worker</param>
    private readonly struct SegmentStep(Layout layout, Tiles tiles, float* groups, float* sums) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            float* group = groups + worker * layout.GroupSize;
            for (int i = 0; i < layout.Groups(chunk); i++)
            {
                (int first, int count) = layout.TilesOf(chunk, i);
                tiles.Transform(worker, first, 0, count, group);
                var multiply = new MultiplyStep(layout, 1, count, group, layout.SumsOf(sums, chunk), i > 0);
                for (int filter = 0; filter < Filters; filter++) multiply.Invoke(filter, worker);
            }
        }
    }

    /// <summary>dw of a rectangle of filters and channels from all tiles: the sums of its filter values live in scratch memory only.</summary>
    private readonly struct MultiplyOutputStep(CpuContext context, Layout layout, int rowBlocks, int tiles, float* group, float* dw, bool accumulate)
        : IChunkBody
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
                    PanelSweep.Run(layout.Kernels, KernelFamily.KMajor,
                        layout.Gradients(group) + position * layout.GradientStride + k * layout.GradientRow + row, layout.GradientRow, rows,
                        group + position * layout.InputStride + (nint)start * layout.Group + (nint)k * width, width, columns, blocks.Length(b),
                            sums + filter * stride, width, b > 0 || !first);
                }
            }
            for (int r = 0; r < rows; r++)
            {
                VectorLoop.Run(new FilterGradientKernel<TTile>(sums + r * width, stride, dw + (nint)(row + r) * 9 * channels + start, channels, accumulate,
                    work), columns);
            }
        }
    }

    /// <summary>dw of a range of filters: the sums of the segments in their order, then the transform.</summary>
    private readonly struct OutputStep(CpuContext context, Layout layout, Partition filters, float* sums, float* dw, bool accumulate) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            int channels = layout.Sizes.C;
            long first = filters.Start(chunk), end = filters.End(chunk);
            for (int filter = 0; filter < Filters; filter++)
            {
                float* rows = sums + filter * layout.SumStride + first * channels;
                for (int segment = 1; segment < layout.Segments; segment++) VectorCopy.Add(rows, layout.SumsOf(rows, segment), (nint)(end - first) * channels);
            }
            float* work = context.Scratch.Get(worker, ScratchWork, Positions * 16);
            for (long k = first; k < end; k++)
            {
                VectorLoop.Run(new FilterGradientKernel<TTile>(sums + k * channels, layout.SumStride, dw + k * 9 * channels, channels, accumulate, work),
                    channels);
            }
        }
    }
}
