using System.Diagnostics;

namespace NativeEngine.Cpu.Threading;

/// <summary>
/// Waits actively for a bounded wall-clock time: pauses at first, then also offers the core to other threads, because whoever is
/// waited for may need it when there are more threads than cores.
/// </summary>
internal struct BoundedSpin(long maxTicks)
{
    private const int PausesBetweenClockReads = 32;
    private readonly long _maxTimestamps = maxTicks * Stopwatch.Frequency / TimeSpan.TicksPerSecond;
    private long _started;
    private int _count;

    /// <summary>Starts over.</summary>
    public void Restart()
    {
        _count = 0;
        _started = 0;
    }

    /// <summary>Waits a moment; false when the time is used up.</summary>
    public bool Once()
    {
        Thread.SpinWait(1);
        if (++_count % PausesBetweenClockReads != 0) return true;
        long now = Stopwatch.GetTimestamp();
        if (_started == 0) _started = now;
        long spun = now - _started;
        if (spun > _maxTimestamps) return false;
        if (spun > _maxTimestamps / 4) Thread.Yield();
        return true;
    }
}
