namespace NativeEngine.SoftGpu;

/// <summary>The moments of a launch. Repeated accesses of one warp by one instruction with no synchronisation between share a moment.</summary>
/// <param name="warps">Warps of a block.</param>
/// <param name="accesses">Observed instructions of the kernel.</param>
internal sealed class MomentLog(int warps, int accesses)
{
    private readonly int[] _latest = new int[warps * accesses];
    private AccessMoment[] _moments = new AccessMoment[64];
    private int _count = 1; // number 0 is never

    /// <summary>The moment behind a mark's <see cref="AccessMark.Id"/>.</summary>
    public ref readonly AccessMoment this[uint id] => ref _moments[id >> 4];

    /// <summary>The number of a moment times 16; <paramref name="access"/> is the observed instruction.</summary>
    public uint IdOf(in AccessMoment moment, int access)
    {
        ref int latest = ref _latest[access * warps + moment.Warp];
        if (latest == 0 || !_moments[latest].Equals(moment))
        {
            if (_count == _moments.Length)
                Array.Resize(ref _moments, 2 * _count);
            latest = _count++;
            _moments[latest] = moment;
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
