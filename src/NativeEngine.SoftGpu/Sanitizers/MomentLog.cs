namespace NativeEngine.SoftGpu;

/// <summary>The moments of accesses. Repeated accesses of one warp by one instruction with no synchronisation between share a moment.</summary>
/// <param name="warps">Warps of a block.</param>
/// <param name="accesses">Observed instructions of the kernel.</param>
internal sealed class MomentLog(int warps, int accesses)
{
    private readonly int[] _latest = new int[warps * accesses];
    private AccessMoment[] _moments = new AccessMoment[64];
    private int _count = 1; // number 0 is never

    /// <summary>The moment behind a mark's <see cref="AccessMark.Id"/>.</summary>
    public ref readonly AccessMoment this[uint id] => ref _moments[id >> 4];

    /// <summary>The number of the running moment times 16.</summary>
    /// <param name="access">Number of the observed instruction.</param>
    /// <param name="block">Block that runs.</param>
    /// <param name="warp">Its warp.</param>
    /// <param name="clock">The warp's clock.</param>
    /// <param name="instruction">The instruction.</param>
    /// <param name="info">What it does.</param>
    public uint IdOf(int access, long block, int warp, int clock, int instruction, AccessInfo info)
    {
        ref int latest = ref _latest[access * warps + warp];
        ref readonly var last = ref _moments[latest];
        if (latest == 0 || last.Clock != clock || last.Block != block)
        {
            if (_count == _moments.Length)
                Array.Resize(ref _moments, 2 * _count);
            latest = _count++;
            _moments[latest] = new AccessMoment { Block = block, Warp = warp, Clock = clock, Instruction = instruction, Access = info };
        }
        return (uint)latest << 4;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Array.Clear(_latest);
        _count = 1;
    }
}
