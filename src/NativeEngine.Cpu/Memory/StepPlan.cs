namespace NativeEngine.Cpu.Memory;

/// <summary>
/// A place for every big buffer of a step, found with all lifetimes known: buffers that are never in use together share memory.
/// </summary>
/// <remarks>
/// The largest buffer is placed first, each at the lowest address where nothing that lives at the same time lies: greedy by size,
/// as in Pisarchyk and Lee, Efficient Memory Management for Deep Neural Net Inference (2020).
/// </remarks>
internal sealed class StepPlan
{
    /// <summary>Steps with more buffers are not planned: finding places takes time that grows with their square.</summary>
    public const int MostBuffers = 2048;

    /// <summary>The place of a buffer that no room was found for.</summary>
    public const nint Nowhere = 0;

    private readonly BufferLifetime[] _buffers;
    private readonly nint[] _places;

    private StepPlan(BufferLifetime[] buffers, nint[] places)
    {
        _buffers = buffers;
        _places = places;
    }

    /// <summary>Number of buffers.</summary>
    public int Count => _buffers.Length;

    /// <summary>Bytes between the first and the last planned byte, gaps between arenas not counted.</summary>
    public long Bytes { get; private init; }

    /// <summary>Size of the buffer that is requested as number <paramref name="index"/>.</summary>
    public long Size(int index) => _buffers[index].Bytes;

    /// <summary>Its address, or <see cref="Nowhere"/>.</summary>
    public nint Place(int index) => _places[index];

    /// <summary>True when these buffers have the sizes and lifetimes of the planned ones, and each has its place.</summary>
    public bool Fits(IReadOnlyList<BufferLifetime> buffers) => !_places.Contains(Nowhere) && buffers.SequenceEqual(_buffers);

    /// <summary>Plans a step.</summary>
    /// <param name="buffers">in the order of their requests</param>
    /// <param name="space">free ranges (address, length) in rising order</param>
    public static StepPlan Of(IReadOnlyList<BufferLifetime> buffers, IReadOnlyList<(nint Address, long Length)> space)
    {
        var all = buffers.ToArray();
        var places = new nint[all.Length];
        int[] bySize = [.. Enumerable.Range(0, all.Length).OrderByDescending(i => all[i].Bytes).ThenBy(i => i)];
        var taken = new List<(nint Address, long Length)>();
        for (int done = 0; done < bySize.Length; done++)
        {
            int index = bySize[done];
            taken.Clear();
            for (int k = 0; k < done; k++)
            {
                int other = bySize[k];
                if (places[other] != Nowhere && all[other].Overlaps(all[index])) taken.Add((places[other], all[other].Bytes));
            }
            taken.Sort();
            places[index] = LowestFit(all[index].Bytes, taken, space);
        }
        long bytes = 0;
        foreach ((nint address, long length) in space)
        {
            long top = 0;
            for (int i = 0; i < all.Length; i++)
            {
                if (places[i] >= address && places[i] < address + length) top = Math.Max(top, places[i] + all[i].Bytes - address);
            }
            bytes += top;
        }
        return new StepPlan(all, places) { Bytes = bytes };
    }

    private static nint LowestFit(long bytes, List<(nint Address, long Length)> taken, IReadOnlyList<(nint Address, long Length)> space)
    {
        foreach ((nint start, long length) in space)
        {
            nint at = start, end = start + (nint)length;
            foreach ((nint other, long otherLength) in taken)
            {
                if (other + otherLength <= at) continue;
                if (other >= end || at + bytes <= other) break;
                at = other + (nint)otherLength;
            }
            if (at + bytes <= end) return at;
        }
        return Nowhere;
    }
}
