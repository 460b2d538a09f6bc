using NativeEngine.Core;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Norm;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Winograd;

/// <summary>Forward and backward-data of 3 x 3 convolutions with stride 1, or 2 and a border of 1, by Winograd's algorithm.</summary>
internal static unsafe class WinogradConv<TTile> where TTile : struct, IWinogradTile
{
    /// <summary>
    /// While the transformed tiles together are no larger than this many times the transformed filters, the three steps run one after
    /// the other, and each panel of filters is transformed right where it is multiplied instead of going through memory.
    /// </summary>
    private const double StepByStepShare = 1.25;

    /// <summary>Blocks of tiles, if there are so many tiles, to keep several threads busy.</summary>
    private const int LeastBlocks = 4;
    private const int ScratchV = 0, ScratchM = 1, ScratchWork = 3;

    /// <summary>Tiles that one thread takes through all three steps at a time, with V and M in its L2.</summary>
    private static int BlockTiles => TileTransform<TTile>.Positions <= 36 ? 28 : 14;

    /// <summary>y = epilogue(x ⋆ w).</summary>
    public static void Forward(CpuContext context, MicroKernels kernels, in ConvSizes s, float* x, float* w, float* y, Epilogue epilogue)
    {
        // Outer channels must be neighbours: [K][9][C] -> [9][C][K]. Rows of an odd number of cache lines, and taps one line further apart,
        // so that what is written and read side by side does not share cache sets.
        nint row = ((s.K + 15) / 16 | 1) * 16, tap = s.C * row + 16;
        NativeBlock turned = context.Memory.Rent(9L * tap * sizeof(float));
        try
        {
            Partition channels = Partition.Of(s.C, Math.Max(16, 16384 / s.K), 16, maxChunks: 8);
            context.Pool.Run(9 * channels.Chunks, new TurnFilter(channels, w, s.C, s.K, turned.Floats, row, tap));
            var images = new WinogradImages(s.N, s.H, s.W, s.C, s.P, s.Q, s.K, s.PadH, s.PadW);
            Run(context, kernels, images, x, turned.Floats, row, tap, y, epilogue, false);
        }
        finally
        {
            context.Memory.Return(turned);
        }
    }

    /// <summary>dx (+)= the gradient: a convolution of dy with the filter turned by 180 degrees; for stride 2, whose tiles know its border, the window begins
    /// at dy's corner.</summary>
    public static void BackwardData(CpuContext context, MicroKernels kernels, in ConvSizes s, float* w, float* dy, float* dx, bool accumulate)
    {
        var images = new WinogradImages(s.N, s.P, s.Q, s.K, s.H, s.W, s.C, s.StrideH == 1 ? 2 - s.PadH : 0, s.StrideW == 1 ? 2 - s.PadW : 0);
        Run(context, kernels, images, dy, w + 8 * s.C, 9 * s.C, -s.C, dx, default, accumulate);
    }

    private static void Run(CpuContext context, MicroKernels kernels, in WinogradImages s, float* source, float* filters, nint rowStride, nint tapStride,
        float* target, Epilogue epilogue, bool add)
    {
        NativeBlock zeros = context.Memory.Rent(s.Inner * sizeof(float)), moments = default;
        try
        {
            VectorCopy.Zero(zeros.Floats, s.Inner);
            nint filterStride = WinogradFilters<TTile>.FilterStride(s.Inner, s.Outer, kernels);
            var product = new WinogradProduct<TTile>(kernels, s, source, filterStride, target, epilogue, add, zeros.Floats);
            bool inSteps = product.InputSize(product.Tiles) + product.OutputSize(product.Tiles) <= StepByStepShare * product.FilterSize;
            int parts = inSteps ? TileParts(product).Chunks : TileBlocks(product);
            moments = MomentSlots.Rent(context, epilogue.Moments, parts, s.Outer);
            var slots = MomentSlots.In(moments, parts, s.Outer);
            product = product.With(slots);
            if (inSteps) StepByStep(context, product, filters, rowStride, tapStride);
            else BlockByBlock(context, kernels, s, product, filters, rowStride, tapStride, filterStride);
            slots.Publish(epilogue.Moments);
        }
        finally
        {
            context.Memory.Return(moments);
            context.Memory.Return(zeros);
        }
    }

    /// <summary>Blocks of tiles that go through all steps.</summary>
    private static int TileBlocks(in WinogradProduct<TTile> product) =>
        Math.Max((product.Tiles + BlockTiles - 1) / BlockTiles, Math.Min(product.Tiles, LeastBlocks));

    /// <summary>Parts of the tiles for one step.</summary>
    private static Partition TileParts(in WinogradProduct<TTile> product) => Partition.Of(product.Tiles, 4);

    private static void BlockByBlock(CpuContext context, MicroKernels kernels, in WinogradImages s, WinogradProduct<TTile> product, float* filters,
        nint rowStride, nint tapStride, nint filterStride)
    {
        NativeBlock memory = context.Memory.Rent(TileTransform<TTile>.Filters * filterStride * sizeof(float));
        try
        {
            Partition rows = Partition.Of(s.Inner, Math.Max(1, 2048 / s.Outer));
            context.Pool.Run(rows.Chunks,
                new WinogradFilters<TTile>(context, kernels, rows, filters, rowStride, tapStride, memory.Floats, filterStride, s.Inner, s.Outer));
            int blocks = TileBlocks(product);
            context.Pool.Run(blocks, new WholeBlocks(context, product, memory.Floats, blocks));
        }
        finally
        {
            context.Memory.Return(memory);
        }
    }

    private static void StepByStep(CpuContext context, WinogradProduct<TTile> product, float* filters, nint rowStride, nint tapStride)
    {
        int tiles = product.Tiles;
        NativeBlock memory = context.Memory.Rent((product.InputSize(tiles) + product.OutputSize(tiles)) * sizeof(float));
        try
        {
            float* v = memory.Floats, m = v + product.InputSize(tiles);
            Partition parts = TileParts(product);
            context.Pool.Run(parts.Chunks, new InputStep(context, product, parts, v));
            context.Pool.Run(product.Panels, new PanelStep(context, product, filters, rowStride, tapStride, v, m));
            context.Pool.Run(parts.Chunks, new OutputStep(context, product, parts, m));
        }
        finally
        {
            context.Memory.Return(memory);
        }
    }

    private readonly struct TurnFilter(Partition parts, float* w, int channels, int filters, float* turned, nint rowStride, nint tapStride) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            int tap = chunk / parts.Chunks, start = (int)parts.Start(chunk % parts.Chunks), count = (int)parts.End(chunk % parts.Chunks) - start;
            Transpose.Copy(w + tap * channels + start, 9 * channels, filters, count, turned + tap * tapStride + start * rowStride, rowStride);
        }
    }

    /// <summary>One chunk is one block of tiles, start to end.</summary>
    private readonly struct WholeBlocks(CpuContext context, WinogradProduct<TTile> product, float* filters, int blocks) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            int start = (int)((long)product.Tiles * chunk / blocks), end = (int)((long)product.Tiles * (chunk + 1) / blocks);
            float* v = context.Scratch.Get(worker, ScratchV, product.InputSize(BlockTiles)),
                m = context.Scratch.Get(worker, ScratchM, product.OutputSize(BlockTiles));
            float* scratch = context.Scratch.Get(worker, ScratchWork, product.WorkSize);
            product.TransformInput(start, end, start, BlockTiles, v, scratch);
            for (int position = 0; position < WinogradProduct<TTile>.Positions; position++)
                product.Multiply(position, 0, product.Panels, end - start, BlockTiles, v, filters, m);
            product.TransformOutput(chunk, start, end, start, BlockTiles, m, scratch);
        }
    }

    private readonly struct InputStep(CpuContext context, WinogradProduct<TTile> product, Partition parts, float* v) : IChunkBody
    {
        public void Invoke(int chunk, int worker) =>
            product.TransformInput((int)parts.Start(chunk), (int)parts.End(chunk), 0, product.Tiles, v,
                context.Scratch.Get(worker, ScratchWork, product.WorkSize));
    }

    /// <summary>One chunk is one panel of outer channels: transforms its filters in scratch memory and multiplies all tiles with them.</summary>
    private readonly struct PanelStep(CpuContext context, WinogradProduct<TTile> product, float* filters, nint rowStride, nint tapStride, float* v, float* m)
        : IChunkBody
    {
        public void Invoke(int chunk, int worker) => product.MultiplyPanel(chunk, filters, rowStride, tapStride, v, m,
            context.Scratch.Get(worker, ScratchV, product.PanelFilterSize), context.Scratch.Get(worker, ScratchWork, product.WorkSize));
    }

    private readonly struct OutputStep(CpuContext context, WinogradProduct<TTile> product, Partition parts, float* m) : IChunkBody
    {
        public void Invoke(int chunk, int worker) =>
            product.TransformOutput(chunk, (int)parts.Start(chunk), (int)parts.End(chunk), 0, product.Tiles, m,
                context.Scratch.Get(worker, ScratchWork, product.WorkSize));
    }
}
