namespace NativeEngine.SoftGpu.Driver;

/// <summary>What one piece of work knows to be finished before it: per timeline (the host and every stream) the last tick it is ordered after.</summary>
internal sealed class VectorClock
{
    private long[] _ticks = new long[4];

    /// <summary>The last tick of <paramref name="timeline"/> that happened before.</summary>
    public long this[int timeline]
    {
        get => timeline < _ticks.Length ? _ticks[timeline] : 0;
        set
        {
            if (timeline >= _ticks.Length)
                Array.Resize(ref _ticks, Math.Max(timeline + 1, 2 * _ticks.Length));
            _ticks[timeline] = value;
        }
    }

    /// <summary>Also knows everything <paramref name="other"/> knows.</summary>
    public void Join(VectorClock other)
    {
        for (int i = 0; i < other._ticks.Length; i++)
            if (other._ticks[i] > this[i])
                this[i] = other._ticks[i];
    }

    /// <summary>An independent copy.</summary>
    public VectorClock Clone()
    {
        var copy = new VectorClock { _ticks = (long[])_ticks.Clone() };
        return copy;
    }
}
