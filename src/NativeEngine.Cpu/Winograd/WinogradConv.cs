using NativeEngine.Core;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Winograd;

/// <summary>Forward and backward-data of 3 x 3 convolutions with stride 1 by Winograd's algorithm.</summary>
internal static unsafe class WinogradConv<TTile> where TTile : struct, IWinogradTile
{
    /// <summary>Tiles that one thread takes through all three steps at a time, with V and M in its L2.</summary>
    private const int BlockTiles = 28;

    /// <summary>
    /// Up to this many blocks the filters, not the tiles, are the bulk of the data: the three steps run one after the other, and each
    /// panel of filters is transformed right where it is multiplied instead of going through memory.
    /// </summary>
    private const int FewBlocks = 10;
    private const int ScratchV = 0, ScratchM = 1, ScratchWork = 3;

    /// <summary>y = x ⋆ w + bias.</summary>
    public static void Forward(CpuContext context, MicroKernels kernels, in ConvSizes s, float* x, float* w, float* y, float* bias)
    {
        // Outer channels must be neighbours: [K][9][C] -> [9][C][K]. An odd number of cache lines per row, so that the rows that are
        // written side by side do not share cache sets.
        nint row = ((s.K + 15) / 16 | 1) * 16;
        NativeBlock turned = context.Memory.Rent(9L * s.C * row * sizeof(float));
        try
        {
            int taps = 9 * s.C;
            Partition rows = Partition.Of(taps, Math.Max(16, 16384 / s.K), 16);
            context.Pool.Run(rows.Chunks, new TurnFilter(rows, w, taps, s.K, turned.Floats, row));
            var images = new WinogradImages(s.N, s.H, s.W, s.C, s.P, s.Q, s.K, s.PadH, s.PadW);
            Run(context, kernels, images, x, turned.Floats, row, s.C * row, y, bias, false);
        }
        finally
        {
            context.Memory.Return(turned);
        }
    }

    /// <summary>dx (+)= the gradient: a convolution of dy with the filter turned by 180 degrees.</summary>
    public static void BackwardData(CpuContext context, MicroKernels kernels, in ConvSizes s, float* w, float* dy, float* dx, bool accumulate)
    {
        var images = new WinogradImages(s.N, s.P, s.Q, s.K, s.H, s.W, s.C, 2 - s.PadH, 2 - s.PadW);
        Run(context, kernels, images, dy, w + 8 * s.C, 9 * s.C, -s.C, dx, null, accumulate);
    }

    private static void Run(CpuContext context, MicroKernels kernels, in WinogradImages s, float* source, float* filters, nint rowStride, nint tapStride, float* target, float* bias, bool add)
    {
        int tiles = new TileGrid(s.Images, s.OutH, s.OutW, TTile.Outputs, TTile.Inputs).Tiles;
        int blocks = (tiles + BlockTiles - 1) / BlockTiles, positions = WinogradProduct<TTile>.Positions;
        bool stepByStep = blocks <= FewBlocks;
        nint positionStride = WinogradFilters<TTile>.PositionStride(s.Inner, s.Outer, kernels);
        long filterFloats = stepByStep ? 0 : positions * positionStride;
        NativeBlock memory = context.Memory.Rent((filterFloats + s.Inner) * sizeof(float));
        try
        {
            float* zeros = memory.Floats + filterFloats;
            VectorCopy.Zero(zeros, s.Inner);
            var product = new WinogradProduct<TTile>(kernels, s, source, memory.Floats, positionStride, target, bias, add, zeros);
            if (stepByStep)
            {
                StepByStep(context, product, filters, rowStride, tapStride);
                return;
            }
            Partition rows = Partition.Of(s.Inner, Math.Max(1, 2048 / s.Outer));
            context.Pool.Run(rows.Chunks, new WinogradFilters<TTile>(context, kernels, rows, filters, rowStride, tapStride, memory.Floats, positionStride, s.Inner, s.Outer));
            context.Pool.Run(blocks, new WholeBlocks(context, product, blocks));
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
            Partition parts = Partition.Of(tiles, 4);
            context.Pool.Run(parts.Chunks, new InputStep(context, product, parts, v));
            context.Pool.Run(product.Panels, new PanelStep(context, product, filters, rowStride, tapStride, v, m));
            context.Pool.Run(parts.Chunks, new OutputStep(context, product, parts, m));
        }
        finally
        {
            context.Memory.Return(memory);
        }
    }

    private readonly struct TurnFilter(Partition rows, float* w, int taps, int filters, float* turned, nint stride) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            int start = (int)rows.Start(chunk), count = (int)rows.End(chunk) - start;
            Transpose.Copy(w + start, taps, filters, count, turned + start * stride, stride);
        }
    }

    /// <summary>One chunk is one block of tiles, start to end.</summary>
    private readonly struct WholeBlocks(CpuContext context, WinogradProduct<TTile> product, int blocks) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            int start = (int)((long)product.Tiles * chunk / blocks), end = (int)((long)product.Tiles * (chunk + 1) / blocks);
            float* v = context.Scratch.Get(worker, ScratchV, product.InputSize(BlockTiles)), m = context.Scratch.Get(worker, ScratchM, product.OutputSize(BlockTiles));
            float* scratch = context.Scratch.Get(worker, ScratchWork, product.WorkSize);
            product.TransformInput(start, end, start, BlockTiles, v, scratch);
            for (int position = 0; position < WinogradProduct<TTile>.Positions; position++) product.Multiply(position, 0, product.Panels, end - start, BlockTiles, v, m);
            product.TransformOutput(start, end, start, BlockTiles, m, scratch);
        }
    }

    private readonly struct InputStep(CpuContext context, WinogradProduct<TTile> product, Partition parts, float* v) : IChunkBody
    {
        public void Invoke(int chunk, int worker) =>
            product.TransformInput((int)parts.Start(chunk), (int)parts.End(chunk), 0, product.Tiles, v, context.Scratch.Get(worker, ScratchWork, product.WorkSize));
    }

    /// <summary>One chunk is one panel of outer channels: transforms its filters in scratch memory and multiplies all tiles with them.</summary>
    private readonly struct PanelStep(CpuContext context, WinogradProduct<TTile> product, float* filters, nint rowStride, nint tapStride, float* v, float* m) : IChunkBody
    {
        public void Invoke(int chunk, int worker) => product.MultiplyPanel(chunk, filters, rowStride, tapStride, v, m,
            context.Scratch.Get(worker, ScratchV, product.PanelFilterSize), context.Scratch.Get(worker, ScratchWork, product.WorkSize));
    }

    private readonly struct OutputStep(CpuContext context, WinogradProduct<TTile> product, Partition parts, float* m) : IChunkBody
    {
        public void Invoke(int chunk, int worker) =>
            product.TransformOutput((int)parts.Start(chunk), (int)parts.End(chunk), 0, product.Tiles, m, context.Scratch.Get(worker, ScratchWork, product.WorkSize));
    }
}
