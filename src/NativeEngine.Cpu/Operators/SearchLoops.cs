using System.Numerics;
using NativeEngine.Core;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Operators;

/// <summary>The order of searches for a maximum: NaN is largest, the first of equals wins.</summary>
internal static class Largest
{
    /// <summary>True when a later value displaces the best so far.</summary>
    public static bool Displaces(float value, float best) => value > best || (float.IsNaN(value) && !float.IsNaN(best));
}

/// <summary>Position of the first largest element of each row.</summary>
internal readonly unsafe struct ArgMaxLoop(Partition parts, float* x, int* index, int n) : IChunkBody
{
    public void Invoke(int chunk, int worker)
    {
        long end = parts.End(chunk);
        for (long row = parts.Start(chunk); row < end; row++)
            index[row] = First(x + row * n, n);
    }

    /// <summary>Whole vectors without anything above the best so far are passed over; a NaN is not below it, so it is looked at.</summary>
    private static int First(float* values, int n)
    {
        if (n == 0)
            return 0;
        int best = 0, i = 0;
        var bar = new Vector<float>(values[0]);
        for (; i + Vector<float>.Count <= n; i += Vector<float>.Count)
        {
            if (Vector.LessThanOrEqualAll(Vector.Load(values + i), bar))
                continue;
            best = First(values, best, i, i + Vector<float>.Count);
            if (float.IsNaN(values[best]))
                return best;
            bar = new Vector<float>(values[best]);
        }

        return First(values, best, i, n);
    }

    private static int First(float* values, int best, int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            if (Largest.Displaces(values[i], values[best]))
                best = i;
        }

        return best;
    }
}

/// <summary>The k largest elements of each row: by insertion into the sorted result while k is small, else by sorting keys.</summary>
internal readonly unsafe struct TopKLoop(Partition parts, float* x, float* values, int* index, int n, int k) : IChunkBody
{
    /// <summary>Largest k for which insertion, n·k steps at worst, is used.</summary>
    private const int MostInserted = 32;

    public void Invoke(int chunk, int worker)
    {
        if (k == 0)
            return;
        ulong[] keys = k > MostInserted ? new ulong[n] : [];
        long end = parts.End(chunk);
        for (long row = parts.Start(chunk); row < end; row++)
        {
            float* source = x + row * n, best = values + row * k;
            int* position = index + row * k;
            if (keys.Length > 0)
            {
                Sort(source, keys, best, position);
                continue;
            }

            int found = 0;
            for (int i = 0; i < n; i++)
            {
                if (found == k && !Largest.Displaces(source[i], best[k - 1]))
                    continue;
                int at = found < k ? found++ : k - 1;
                for (; at > 0 && Largest.Displaces(source[i], best[at - 1]); at--)
                    (best[at], position[at]) = (best[at - 1], position[at - 1]);
                (best[at], position[at]) = (source[i], i);
            }
        }
    }

    /// <summary>Sorts keys that order as the search does: falling values in the upper half, rising positions in the lower.</summary>
    private void Sort(float* source, ulong[] keys, float* best, int* position)
    {
        for (int i = 0; i < n; i++)
        {
            // Adding 0 makes -0 equal to 0; the bits of floats order like integers once negative ones are inverted.
            uint bits = BitConverter.SingleToUInt32Bits(source[i] + 0f);
            uint rising = float.IsNaN(source[i]) ? uint.MaxValue : (bits & 0x8000_0000) != 0 ? ~bits : bits | 0x8000_0000;
            keys[i] = (ulong)~rising << 32 | (uint)i;
        }

        Array.Sort(keys);
        for (int j = 0; j < k; j++)
            (best[j], position[j]) = (source[(uint)keys[j]], (int)(uint)keys[j]);
    }
}

/// <summary>
/// Finds the first largest element of every reduced block in logical row-major order (which for images is not memory order)
/// and adds the block's dy there.
/// </summary>
internal readonly unsafe struct FirstMaxLoop : IChunkBody
{
    private readonly float* _x, _dy, _dx;
    private readonly int[] _kept, _reduced;
    private readonly long[] _keptStrides, _targetStrides, _reducedStrides;
    private readonly long _inside;
    private readonly Partition _parts;

    public FirstMaxLoop(Tensor x, Tensor y, Tensor dy, Tensor dx)
    {
        _x = Start(x);
        _dy = Start(dy);
        _dx = Start(dx);
        var all = Enumerable.Range(0, x.Shape.Rank).ToArray();
        var reduced = Array.FindAll(all, i => x.Shape[i] != y.Shape[i]);
        var kept = Array.FindAll(all, i => x.Shape[i] == y.Shape[i]);
        _kept = Array.ConvertAll(kept, i => x.Shape[i]);
        _keptStrides = Array.ConvertAll(kept, i => x.Strides[i]);
        _targetStrides = Array.ConvertAll(kept, i => y.Strides[i]);
        _reduced = Array.ConvertAll(reduced, i => x.Shape[i]);
        _reducedStrides = Array.ConvertAll(reduced, i => x.Strides[i]);
        _inside = x.Count == 0 ? 0 : x.Count / y.Count;
        _parts = Partition.Of(x.Count == 0 ? 0 : y.Count, Math.Max(1, 4096 / Math.Max(1, _inside)));
    }

    public int Chunks => _parts.Chunks;

    public void Invoke(int chunk, int worker)
    {
        long end = _parts.End(chunk);
        for (long at = _parts.Start(chunk); at < end; at++)
        {
            long source = Offset(_kept, _keptStrides, at), target = Offset(_kept, _targetStrides, at), best = source;
            for (long i = 1; i < _inside; i++)
            {
                long candidate = source + Offset(_reduced, _reducedStrides, i);
                if (Largest.Displaces(_x[candidate], _x[best]))
                    best = candidate;
            }

            _dx[best] += _dy[target];
        }
    }

    private static float* Start(Tensor x) => (float*)((CpuBuffer)x.Buffer).Pointer + x.Offset;

    private static long Offset(int[] extents, long[] strides, long index)
    {
        long offset = 0;
        for (int i = extents.Length - 1; i >= 0; i--)
        {
            offset += index % extents[i] * strides[i];
            index /= extents[i];
        }

        return offset;
    }
}
