using System.Runtime.InteropServices;

namespace NativeEngine.Cpu.Memory;

/// <summary>
/// Big blocks cut from large arenas: first fit by address, neighbours that are free grow together again. The activations of a step come
/// and go like a stack, so this keeps the touched memory close to what is in use, which lists of freed blocks by size cannot.
/// </summary>
/// <remarks>Not thread-safe: its owner holds a lock. Memory of an arena that was never handed out is not resident.</remarks>
internal sealed unsafe class ArenaHeap
{
    /// <summary>Borders of blocks; also the size that a request is rounded up to.</summary>
    public const long Unit = 64 << 10;
    private const long ArenaBytes = 256L << 20;
    private const nuint HugePage = 2u << 20;

    private readonly List<Arena> _arenas = [];

    /// <summary>Bytes of arenas that were handed out at least once.</summary>
    public long TouchedBytes
    {
        get
        {
            long sum = 0;
            foreach (Arena arena in _arenas) sum += arena.Touched;
            return sum;
        }
    }

    /// <summary>How often an arena was taken from the system.</summary>
    public long SystemAllocations { get; private set; }

    /// <summary>A block of <paramref name="bytes"/>, a multiple of <see cref="Unit"/>.</summary>
    public void* Allocate(long bytes)
    {
        foreach (Arena arena in _arenas)
        {
            void* found = arena.Take(bytes);
            if (found != null) return found;
        }
        var added = new Arena(Math.Max(ArenaBytes, bytes));
        SystemAllocations++;
        _arenas.Add(added);
        return added.Take(bytes);
    }

    /// <summary>Takes the block at a given address; false when it is not free.</summary>
    public bool TryTake(void* block, long bytes)
    {
        foreach (Arena arena in _arenas)
        {
            if (arena.Contains(block)) return arena.TryTake(block, bytes);
        }
        return false;
    }

    /// <summary>Takes a block back; false when it is not of this heap.</summary>
    public bool TryFree(void* block, long bytes)
    {
        foreach (Arena arena in _arenas)
        {
            if (!arena.Contains(block)) continue;
            arena.Give(block, bytes);
            return true;
        }
        return false;
    }

    /// <summary>Everything that is free (address, length), in rising order inside each arena.</summary>
    public IReadOnlyList<(nint Address, long Length)> FreeRanges() => [.. _arenas.SelectMany(a => a.FreeRanges())];

    /// <summary>Returns arenas without a block in use to the system.</summary>
    public void Trim()
    {
        for (int i = _arenas.Count - 1; i >= 0; i--)
        {
            if (!_arenas[i].IsUnused) continue;
            _arenas[i].Release();
            _arenas.RemoveAt(i);
        }
    }

    /// <summary>Returns every arena to the system, whoever holds blocks of it.</summary>
    public void Clear()
    {
        foreach (Arena arena in _arenas) arena.Release();
        _arenas.Clear();
    }

    private sealed class Arena
    {
        private readonly byte* _start;
        private readonly long _size;

        /// <summary>Free ranges (offset, length) in rising order, never touching each other.</summary>
        private readonly List<(long Offset, long Length)> _free;

        public Arena(long size)
        {
            _start = (byte*)NativeMemory.AlignedAlloc((nuint)size, HugePage);
            if (OperatingSystem.IsLinux()) Libc.AdviseHugePages(_start, (nuint)size);
            _size = size;
            _free = [(0, size)];
        }

        public long Touched { get; private set; }

        public bool IsUnused => _free.Count == 1 && _free[0].Length == _size;

        public bool Contains(void* block) => block >= _start && block < _start + _size;

        public void* Take(long bytes)
        {
            for (int i = 0; i < _free.Count; i++)
            {
                (long offset, long length) = _free[i];
                if (length < bytes) continue;
                if (length == bytes) _free.RemoveAt(i);
                else _free[i] = (offset + bytes, length - bytes);
                Touched = Math.Max(Touched, offset + bytes);
                return _start + offset;
            }
            return null;
        }

        public IEnumerable<(nint Address, long Length)> FreeRanges() => _free.Select(f => ((nint)_start + (nint)f.Offset, f.Length));

        public bool TryTake(void* block, long bytes)
        {
            long start = (byte*)block - _start, end = start + bytes;
            for (int i = 0; i < _free.Count && _free[i].Offset <= start; i++)
            {
                (long offset, long length) = _free[i];
                if (end > offset + length) continue;
                _free.RemoveAt(i);
                if (offset + length > end) _free.Insert(i, (end, offset + length - end));
                if (start > offset) _free.Insert(i, (offset, start - offset));
                Touched = Math.Max(Touched, end);
                return true;
            }
            return false;
        }

        public void Give(void* block, long bytes)
        {
            long offset = (byte*)block - _start;
            int next = 0;
            while (next < _free.Count && _free[next].Offset < offset) next++;
            bool joinsNext = next < _free.Count && _free[next].Offset == offset + bytes;
            bool joinsPrevious = next > 0 && _free[next - 1].Offset + _free[next - 1].Length == offset;
            if (joinsNext)
            {
                bytes += _free[next].Length;
                _free.RemoveAt(next);
            }
            if (joinsPrevious) _free[next - 1] = (_free[next - 1].Offset, _free[next - 1].Length + bytes);
            else _free.Insert(next, (offset, bytes));
        }

        public void Release() => NativeMemory.AlignedFree(_start);
    }
}
