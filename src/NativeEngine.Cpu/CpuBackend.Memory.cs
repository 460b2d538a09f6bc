using System.Numerics;
using System.Runtime.CompilerServices;
using NativeEngine.Core;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public MemoryReport Memory => new(_context.Memory.LiveBlocks, _context.Memory.LiveBytes, _context.Memory.PeakBytes, _context.Memory.ReservedBytes, _context.Memory.SystemAllocations);

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long bytes) => new CpuBuffer(_context.Memory.Rent(bytes), bytes);

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
        Run(parts, new ScatterLoop(parts, Ints(index), count, Floats(dy), Floats(target), columns, dx.Accumulate));
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

    private readonly struct FillLoop<T>(Partition parts, LoopNest nest, T* y, T value) : IChunkBody where T : unmanaged
    {
        public void Invoke(int chunk, int worker)
        {
            long inner = nest.Inner, stride = nest.Stride(0, nest.Depth - 1), at = parts.Start(chunk), end = parts.End(chunk);
            while (at < end)
            {
                long row = at / inner, skip = at - row * inner, count = Math.Min(inner - skip, end - at);
                T* target = y + nest.Offset(0, row) + skip * stride;
                if (stride == 1)
                {
                    new Span<T>(target, (int)count).Fill(value);
                }
                else
                {
                    for (long i = 0; i < count; i++)
                        target[i * stride] = value;
                }

                at += count;
            }
        }
    }

    private readonly struct CastLoop<TFrom, TTo>(Partition parts, TFrom* x, TTo* y) : IChunkBody
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : unmanaged, INumber<TTo>
    {
        public void Invoke(int chunk, int worker)
        {
            long end = parts.End(chunk);
            for (long i = parts.Start(chunk); i < end; i++)
                y[i] = TTo.CreateSaturating(x[i]);
        }
    }

    private readonly struct MoveLoop<T>(Partition parts, LoopNest nest, T* x, T* y) : IChunkBody where T : unmanaged
    {
        public void Invoke(int chunk, int worker)
        {
            int last = nest.Depth - 1;
            long inner = nest.Inner, strideX = nest.Stride(1, last), strideY = nest.Stride(0, last), at = parts.Start(chunk), end = parts.End(chunk);
            while (at < end)
            {
                long row = at / inner, skip = at - row * inner, count = Math.Min(inner - skip, end - at);
                T* source = x + nest.Offset(1, row) + skip * strideX, target = y + nest.Offset(0, row) + skip * strideY;
                if (strideX == 1 && strideY == 1)
                {
                    Unsafe.CopyBlockUnaligned(target, source, (uint)(count * sizeof(T)));
                }
                else
                {
                    for (long i = 0; i < count; i++)
                        target[i * strideY] = source[i * strideX];
                }

                at += count;
            }
        }
    }

    private readonly struct AddScaledLoop<T>(Partition parts, LoopNest nest, T* x, T* y, bool accumulate, T scale) : IChunkBody where T : unmanaged, INumber<T>
    {
        public void Invoke(int chunk, int worker)
        {
            int last = nest.Depth - 1;
            long inner = nest.Inner, strideX = nest.Stride(1, last), strideY = nest.Stride(0, last), at = parts.Start(chunk), end = parts.End(chunk);
            while (at < end)
            {
                long row = at / inner, skip = at - row * inner, count = Math.Min(inner - skip, end - at);
                T* source = x + nest.Offset(1, row) + skip * strideX, target = y + nest.Offset(0, row) + skip * strideY;
                for (long i = 0; i < count; i++)
                {
                    T value = scale * source[i * strideX];
                    target[i * strideY] = accumulate ? target[i * strideY] + value : value;
                }

                at += count;
            }
        }
    }

    private readonly struct GatherLoop(Partition parts, byte* x, int* index, byte* y, long bytes) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            long end = parts.End(chunk);
            for (long i = parts.Start(chunk); i < end; i++)
                Buffer.MemoryCopy(x + index[i] * bytes, y + i * bytes, bytes, bytes);
        }
    }

    private readonly struct ScatterLoop(Partition parts, int* index, int count, float* dy, float* dx, long columns, bool accumulate) : ILaneBody
    {
        public void Invoke<V>(int chunk, int worker) where V : struct, ILanes<V>
        {
            long first = parts.Start(chunk), end = parts.End(chunk);
            if (!accumulate)
                new Span<float>(dx + first * columns, checked((int)((end - first) * columns))).Clear();
            for (int i = 0; i < count; i++)
            {
                if (index[i] >= first && index[i] < end)
                    VectorCopy.Add(dx + index[i] * columns, dy + i * columns, (nint)columns);
            }
        }
    }
}
