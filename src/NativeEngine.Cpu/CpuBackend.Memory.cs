using System.Numerics;
using NativeEngine.Core;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Operators;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    /// <remarks>The workers' scratch is nobody's tensor: it counts for the peak and as reserved, not as live.</remarks>
    public MemoryReport Memory => new(_context.Memory.LiveBlocks - _context.Scratch.Blocks, _context.Memory.LiveBytes - _context.Scratch.Bytes,
        _context.Memory.PeakBytes, _context.Memory.ReservedBytes, _context.Memory.SystemAllocations);

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long bytes) => new CpuBuffer(_context.Memory.Rent(bytes), bytes);

    /// <inheritdoc/>
    public DeviceBuffer AllocatePersistent(long bytes) => new CpuBuffer(_context.Memory.Rent(bytes, BlockLifetime.Persistent), bytes);

    /// <inheritdoc/>
    public void BeginStep() => _context.Memory.BeginStep();

    /// <inheritdoc/>
    public void EndStep() => _context.Memory.EndStep();

    /// <inheritdoc/>
    public void Free(DeviceBuffer buffer)
    {
        var own = (CpuBuffer)buffer;
        _context.Memory.Return(own.Block);
        own.Block = default;
    }

    /// <inheritdoc/>
    public void Upload(Tensor y, ReadOnlySpan<byte> source) => source.CopyTo(new Span<byte>(Bytes(y), source.Length));

    /// <inheritdoc/>
    public void Download(Tensor x, Span<byte> target) => new ReadOnlySpan<byte>(Bytes(x), target.Length).CopyTo(target);

    /// <inheritdoc/>
    public void Fill(Tensor y, double value)
    {
        switch (y.DType)
        {
            case DType.Float32:
                Fill(y, (float)value);
                break;
            case DType.Float64:
                Fill(y, value);
                break;
            case DType.Int32:
                Fill(y, (int)value);
                break;
            case DType.Int64:
                Fill(y, (long)value);
                break;
            default:
                Fill(y, (byte)value);
                break;
        }
    }

    /// <inheritdoc/>
    public void Cast(Tensor x, Tensor y)
    {
        switch (x.DType)
        {
            case DType.Float32:
                CastFrom<float>(x, y);
                break;
            case DType.Float64:
                CastFrom<double>(x, y);
                break;
            case DType.Int32:
                CastFrom<int>(x, y);
                break;
            case DType.Int64:
                CastFrom<long>(x, y);
                break;
            default:
                CastFrom<byte>(x, y);
                break;
        }
    }

    /// <inheritdoc/>
    public void Copy(Tensor x, Tensor y, GradMode mode, double scale = 1)
    {
        var nest = LoopNest.Over(y, x);
        if (mode == GradMode.Overwrite && scale == 1)
        {
            // Bits move as they are, so the size of the element is all that matters.
            switch (y.DType.Size())
            {
                case 4 when nest.TransposedLoop() is var loop and >= 0:
                    var transposition = new TransposeLoop(nest, loop, Floats(x), Floats(y));
                    _context.Pool.Run(transposition.Chunks, transposition);
                    break;
                case 4:
                    Move<uint>(nest, x, y);
                    break;
                case 8:
                    Move<ulong>(nest, x, y);
                    break;
                default:
                    Move<byte>(nest, x, y);
                    break;
            }

            return;
        }

        switch (y.DType)
        {
            case DType.Float32 when nest.Stride(0, nest.Depth - 1) == 1 && nest.Stride(1, nest.Depth - 1) == 1:
                var parts = Partition.Of(nest.Count, Grain, Unit);
                if (mode == GradMode.Accumulate)
                    Run(parts, new ScaleRowsLoop<Accumulate>(parts, nest, Floats(x), Floats(y), (float)scale));
                else
                    Run(parts, new ScaleRowsLoop<Overwrite>(parts, nest, Floats(x), Floats(y), (float)scale));
                break;
            case DType.Float32:
                AddScaled(nest, x, y, mode == GradMode.Accumulate, (float)scale);
                break;
            case DType.Float64:
                AddScaled(nest, x, y, mode == GradMode.Accumulate, scale);
                break;
            case DType.Int32:
                AddScaled(nest, x, y, mode == GradMode.Accumulate, (int)scale);
                break;
            case DType.Int64:
                AddScaled(nest, x, y, mode == GradMode.Accumulate, (long)scale);
                break;
            default:
                AddScaled(nest, x, y, mode == GradMode.Accumulate, (byte)scale);
                break;
        }
    }

    /// <inheritdoc/>
    public void GatherRows(Tensor x, Tensor index, Tensor y)
    {
        int rows = x.Shape[0], count = index.Shape[0];
        if (count == 0 || y.Count == 0)
            return;
        CheckRows("gather_rows", index, rows);
        long bytes = y.Count / count * y.DType.Size();
        var parts = Partition.Of(count, Math.Max(1, Grain * sizeof(float) / bytes));
        _context.Pool.Run(parts.Chunks, new GatherLoop(parts, Bytes(x), Ints(index), Bytes(y), bytes));
    }

    /// <inheritdoc/>
    public void GatherRowsBackward(Tensor index, Tensor dy, GradTarget dx)
    {
        var target = dx.Tensor!;
        int rows = target.Shape[0], count = index.Shape[0];
        if (target.Count == 0)
            return;
        CheckRows("gather_rows", index, rows);
        long columns = target.Count / rows;
        // A chunk owns a range of rows of dx and walks the whole index, so rows named twice add up in the order of the index.
        var parts = Partition.Of(rows, Math.Max(1, Grain / columns));
        _context.Pool.Run(parts.Chunks, new ScatterLoop(parts, Ints(index), count, Floats(dy), Floats(target), columns, dx.Accumulate));
    }

    /// <inheritdoc/>
    public void ImageBatch(in ImageBatchSizes s, Tensor pixels, Tensor place, Tensor mean, Tensor std, Tensor y)
    {
        // One table of 256 values per channel replaces the arithmetic per pixel.
        var table = _context.Memory.Rent((long)s.C * 256 * sizeof(float));
        try
        {
            for (int c = 0; c < s.C; c++)
            {
                float m = Floats(mean)[c], d = Floats(std)[c];
                for (int v = 0; v < 256; v++)
                    table.Floats[v * s.C + c] = (v / 255f - m) / d;
            }

            long rows = (long)s.N * s.OutH;
            var parts = Partition.Of(rows, Math.Max(1, Grain / Math.Max(1, (long)s.OutW * s.C)));
            _context.Pool.Run(parts.Chunks, new ImageLoop(parts, s, Bytes(pixels), Ints(place), table.Floats, Floats(y)));
        }
        finally
        {
            _context.Memory.Return(table);
        }
    }

    private static void CheckRows(string op, Tensor index, int rows)
    {
        int* positions = Ints(index);
        for (int i = 0; i < index.Shape[0]; i++)
        {
            if ((uint)positions[i] >= (uint)rows)
                throw new ShapeException(op, $"index {positions[i]} at position {i}: expects a row in 0..{rows - 1}");
        }
    }

    private void Fill<T>(Tensor y, T value) where T : unmanaged
    {
        var nest = LoopNest.Over(y);
        var parts = Partition.Of(nest.Count, Grain, Unit);
        _context.Pool.Run(parts.Chunks, new FillLoop<T>(parts, nest, (T*)Bytes(y), value));
    }

    private void CastFrom<T>(Tensor x, Tensor y) where T : unmanaged, INumber<T>
    {
        var parts = Partition.Of(x.Count, Grain, Unit);
        switch (y.DType)
        {
            case DType.Float32:
                _context.Pool.Run(parts.Chunks, new CastLoop<T, float>(parts, (T*)Bytes(x), (float*)Bytes(y)));
                break;
            case DType.Float64:
                _context.Pool.Run(parts.Chunks, new CastLoop<T, double>(parts, (T*)Bytes(x), (double*)Bytes(y)));
                break;
            case DType.Int32:
                _context.Pool.Run(parts.Chunks, new CastLoop<T, int>(parts, (T*)Bytes(x), (int*)Bytes(y)));
                break;
            case DType.Int64:
                _context.Pool.Run(parts.Chunks, new CastLoop<T, long>(parts, (T*)Bytes(x), (long*)Bytes(y)));
                break;
            default:
                _context.Pool.Run(parts.Chunks, new CastLoop<T, byte>(parts, (T*)Bytes(x), (byte*)Bytes(y)));
                break;
        }
    }

    private void Move<T>(in LoopNest nest, Tensor x, Tensor y) where T : unmanaged
    {
        var parts = Partition.Of(nest.Count, Grain, Unit);
        _context.Pool.Run(parts.Chunks, new MoveLoop<T>(parts, nest, (T*)Bytes(x), (T*)Bytes(y)));
    }

    private void AddScaled<T>(in LoopNest nest, Tensor x, Tensor y, bool accumulate, T scale) where T : unmanaged, INumber<T>
    {
        var parts = Partition.Of(nest.Count, Grain, Unit);
        _context.Pool.Run(parts.Chunks, new AddScaledLoop<T>(parts, nest, (T*)Bytes(x), (T*)Bytes(y), accumulate, scale));
    }
}
