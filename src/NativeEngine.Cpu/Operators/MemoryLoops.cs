using System.Numerics;
using System.Runtime.CompilerServices;
using NativeEngine.Core;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Operators;

/// <summary>y = value for any strides.</summary>
internal readonly unsafe struct FillLoop<T>(Partition parts, LoopNest nest, T* y, T value) : IChunkBody where T : unmanaged
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

/// <summary>y = x converted; what does not fit becomes the nearest value that does.</summary>
internal readonly unsafe struct CastLoop<TFrom, TTo>(Partition parts, TFrom* x, TTo* y) : IChunkBody
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

/// <summary>y = x for any strides, bits as they are.</summary>
internal readonly unsafe struct MoveLoop<T>(Partition parts, LoopNest nest, T* x, T* y) : IChunkBody where T : unmanaged
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
            else if (strideX == 0 && strideY == 1)
            {
                new Span<T>(target, (int)count).Fill(*source);
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

/// <summary>y (+)= scale·x for any strides and types, one element after the other.</summary>
internal readonly unsafe struct AddScaledLoop<T>(Partition parts, LoopNest nest, T* x, T* y, bool accumulate, T scale) : IChunkBody
    where T : unmanaged, INumber<T>
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

/// <summary>y[i] = x[index[i]], whole rows.</summary>
internal readonly unsafe struct GatherLoop(Partition parts, byte* x, int* index, byte* y, long bytes) : IChunkBody
{
    public void Invoke(int chunk, int worker)
    {
        long end = parts.End(chunk);
        for (long i = parts.Start(chunk); i < end; i++)
            Buffer.MemoryCopy(x + index[i] * bytes, y + i * bytes, bytes, bytes);
    }
}

/// <summary>dx[index[i]] (+)= dy[i]; a chunk owns a range of rows of dx and walks the whole index.</summary>
internal readonly unsafe struct ScatterLoop(Partition parts, int* index, int count, float* dy, float* dx, long columns, bool accumulate) : IChunkBody
{
    public void Invoke(int chunk, int worker)
    {
        long first = parts.Start(chunk), end = parts.End(chunk);
        if (!accumulate)
            VectorCopy.Zero(dx + first * columns, (nint)((end - first) * columns));
        for (int i = 0; i < count; i++)
        {
            if (index[i] >= first && index[i] < end)
                VectorCopy.Add(dx + index[i] * columns, dy + i * columns, (nint)columns);
        }
    }
}

/// <summary>y (+)= scale·x where both have neighbours along the innermost loop.</summary>
internal readonly unsafe struct ScaleRowsLoop<TStore>(Partition parts, LoopNest nest, float* x, float* y, float scale) : ILaneBody
    where TStore : struct, IGradStore
{
    public void Invoke<V>(int chunk, int worker) where V : struct, ILanes<V>
    {
        long inner = nest.Inner, at = parts.Start(chunk), end = parts.End(chunk);
        V factor = V.Create(scale);
        while (at < end)
        {
            long row = at / inner, skip = at - row * inner;
            nint count = (nint)Math.Min(inner - skip, end - at), i = 0;
            float* source = x + nest.Offset(1, row) + skip, target = y + nest.Offset(0, row) + skip;
            for (; i <= count - V.Width; i += V.Width)
            {
                V value = V.Load(source + i) * factor;
                V.Store(TStore.Accumulates ? V.Load(target + i) + value : value, target + i);
            }

            if (i < count)
            {
                V value = LaneTail.Load<V>(source + i, count - i) * factor;
                LaneTail.Store(TStore.Accumulates ? LaneTail.Load<V>(target + i, count - i) + value : value, target + i, count - i);
            }

            at += count;
        }
    }
}

/// <summary>
/// y = x where x has neighbours along another loop than y: channels-last to row-major and back, and transposed matrices. Works in tiles
/// that fit the first-level cache.
/// </summary>
internal readonly unsafe struct TransposeLoop : IChunkBody
{
    private const int Tile = 64;

    private readonly LoopNest _nest;
    private readonly float* _x, _y;
    private readonly int _loop, _columns, _rows;
    private readonly long _blocks;
    private readonly Partition _parts;

    public TransposeLoop(in LoopNest nest, int loop, float* x, float* y)
    {
        _nest = nest;
        _loop = loop;
        _x = x;
        _y = y;
        _columns = checked((int)nest.Extent(loop));
        _rows = checked((int)nest.Inner);
        _blocks = ((long)_columns + Tile - 1) / Tile * (((long)_rows + Tile - 1) / Tile);
        long batches = _columns == 0 || _rows == 0 ? 0 : nest.Count / _columns / _rows;
        _parts = Partition.Of(batches * _blocks, Math.Max(1, 16 * 1024 / (Math.Min(_columns, Tile) * (long)Math.Min(_rows, Tile) + 1)));
    }

    public int Chunks => _parts.Chunks;

    public void Invoke(int chunk, int worker)
    {
        long rowBlocks = ((long)_rows + Tile - 1) / Tile, end = _parts.End(chunk);
        nint sourceStride = (nint)_nest.Stride(1, _nest.Depth - 1), targetStride = (nint)_nest.Stride(0, _loop);
        for (long at = _parts.Start(chunk); at < end; at++)
        {
            long batch = at / _blocks, block = at - batch * _blocks;
            int column = (int)(block / rowBlocks) * Tile, row = (int)(block % rowBlocks) * Tile;
            float* source = _x + _nest.OffsetWithout(1, _loop, batch) + row * sourceStride + column;
            float* target = _y + _nest.OffsetWithout(0, _loop, batch) + column * targetStride + row;
            Transpose.Copy(source, sourceStride, Math.Min(Tile, _rows - row), Math.Min(Tile, _columns - column), target, targetStride);
        }
    }
}

/// <summary>Rows of a batch of images. A flipped image is mirrored after it was shifted.</summary>
internal readonly unsafe struct ImageLoop(Partition parts, ImageBatchSizes s, byte* pixels, int* place, float* table, float* y) : IChunkBody
{
    public void Invoke(int chunk, int worker)
    {
        int channels = s.C;
        long end = parts.End(chunk);
        for (long row = parts.Start(chunk); row < end; row++)
        {
            int n = (int)(row / s.OutH), h = (int)(row % s.OutH);
            int sourceRow = h + place[3 * n] - (s.OutH - s.H) / 2, shift = place[3 * n + 1] - (s.OutW - s.W) / 2;
            bool flip = place[3 * n + 2] != 0;
            float* target = y + row * s.OutW * channels;
            if ((uint)sourceRow >= (uint)s.H)
            {
                new Span<float>(target, s.OutW * channels).Fill((float)s.Fill);
                continue;
            }

            byte* source = pixels + ((long)n * s.H + sourceRow) * s.W * channels;
            for (int w = 0; w < s.OutW; w++)
            {
                int column = (flip ? s.OutW - 1 - w : w) + shift;
                bool inside = (uint)column < (uint)s.W;
                for (int c = 0; c < channels; c++)
                    target[w * channels + c] = inside ? table[source[column * channels + c] * channels + c] : (float)s.Fill;
            }
        }
    }
}
