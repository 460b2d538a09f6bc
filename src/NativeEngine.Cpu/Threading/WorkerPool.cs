using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace NativeEngine.Cpu.Threading;

/// <summary>
/// Fork-join pool for parallel loops of a few microseconds and more. Workers spin for a bounded time after a loop, then park;
/// the caller works too, and also parks if the last worker takes long to finish.
/// </summary>
/// <remarks>
/// The caller never waits for a worker that has not started: such a worker's chunks are taken over by the others and the loop is
/// closed to latecomers. So a loop ends as soon as its chunks are done, even when there are more threads than free cores.
/// All loop state is one 64-bit word (epoch | flags | active workers) that changes only by atomic operations:
/// a worker joins by adding one while the loop is open, the caller closes it by clearing the open flag, and whoever
/// brings the active count to zero while the caller is parked wakes it.
/// </remarks>
public sealed unsafe class WorkerPool : IDisposable
{
    private const long Open = 1L << 31;
    private const long CallerParked = 1L << 30;
    private const long ActiveMask = (1L << 30) - 1;
    private const int EpochShift = 32;

    /// <summary>How long a worker spins for the next loop before it parks. Longer than the gaps between the operations of a training step.</summary>
    private static readonly long IdleSpinTicks = TimeSpan.FromMicroseconds(150).Ticks;
    private static readonly long JoinSpinTicks = TimeSpan.FromMicroseconds(50).Ticks;

    [ThreadStatic] private static WorkerPool? _inside;

    private readonly Lock _callers = new();
    private readonly SemaphoreSlim _callerWake = new(0);
    private Worker[] _workers = [];
    private Shared _shared;
    private Range[] _ranges = [];
    private delegate*<void*, int, int, void> _invoke;
    private void* _body;
    private int _rangeCount;
    private ExceptionDispatchInfo? _error;
    private volatile bool _stopping;
    private bool _disposed;

    /// <summary>Starts <paramref name="threads"/> - 1 workers; the calling thread of each loop is the remaining one.</summary>
    public WorkerPool(int threads) => Start(threads);

    /// <summary>Number of threads that take part in a loop, the caller included. May be set between loops.</summary>
    public int Threads
    {
        get => _workers.Length + 1;
        set
        {
            lock (_callers)
            {
                if (value == Threads) return;
                Stop();
                Start(value);
            }
        }
    }

    /// <summary>Runs <c>body.Invoke(chunk, worker)</c> once for each chunk in 0 .. <paramref name="chunks"/>-1 and returns when all are done.</summary>
    /// <exception cref="InvalidOperationException">called from inside a chunk of the same pool (scratch memory is per worker, so loops do not nest)</exception>
    public void Run<TBody>(int chunks, TBody body) where TBody : struct, IChunkBody
    {
        if (chunks <= 0) return;
        if (_inside == this) throw new InvalidOperationException("WorkerPool.Run was called from inside a chunk of the same pool; parallel loops do not nest.");
        lock (_callers)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var outer = _inside;
            _inside = this;
            try
            {
                int threads = Math.Min(chunks, Threads);
                if (threads == 1)
                {
                    for (int chunk = 0; chunk < chunks; chunk++) body.Invoke(chunk, 0);
                    return;
                }
#pragma warning disable CS8500 // The struct may hold references: it lives in this frame, which stays until every worker has left.
                Fork(&Trampoline<TBody>, &body, chunks, threads);
#pragma warning restore CS8500
            }
            finally
            {
                _inside = outer;
            }
        }
    }

    /// <summary>As the generic overload, for loops that are not on a hot path.</summary>
    public void Run(int chunks, Action<int> body) => Run(chunks, new DelegateBody(body));

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_callers)
        {
            if (_disposed) return;
            _disposed = true;
            Stop();
        }
        _callerWake.Dispose();
    }

    private static void Trampoline<TBody>(void* body, int chunk, int worker) where TBody : struct, IChunkBody =>
        Unsafe.AsRef<TBody>(body).Invoke(chunk, worker);

    private void Fork(delegate*<void*, int, int, void> invoke, void* body, int chunks, int threads)
    {
        _invoke = invoke;
        _body = body;
        _rangeCount = threads;
        _error = null;
        for (int t = 0; t < threads; t++)
        {
            _ranges[t].Next = (int)((long)chunks * t / threads);
            _ranges[t].End = (int)((long)chunks * (t + 1) / threads);
        }
        long epoch = ((_shared.State >> EpochShift) + 1) & 0x7fff_ffff;
        // The previous loop is closed with no active worker, so nobody else writes the word now. The exchange is a full fence:
        // a worker that is about to park either sees this state, or has published "parked" before we look below.
        Interlocked.Exchange(ref _shared.State, (epoch << EpochShift) | Open);
        for (int t = 1; t < threads; t++) _workers[t - 1].WakeIfParked();

        RunChunks(0);

        long state = Interlocked.And(ref _shared.State, ~Open);
        if ((state & ActiveMask) != 0) WaitForWorkers();
        _body = null;
        _error?.Throw();
    }

    /// <summary>Takes the chunks of the worker's own range first (its caches know the data), then helps the others.</summary>
    private void RunChunks(int worker)
    {
        try
        {
            int count = _rangeCount;
            for (int i = 0; i < count; i++)
            {
                ref Range range = ref _ranges[(worker + i) % count];
                while (Volatile.Read(ref range.Next) < range.End)
                {
                    int chunk = Interlocked.Increment(ref range.Next) - 1;
                    if (chunk >= range.End) break;
                    _invoke(_body, chunk, worker);
                }
            }
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _error, ExceptionDispatchInfo.Capture(e), null);
        }
    }

    private void WaitForWorkers()
    {
        var spin = new BoundedSpin(JoinSpinTicks);
        while ((Volatile.Read(ref _shared.State) & ActiveMask) != 0)
        {
            if (spin.Once()) continue;
            long before = Interlocked.Or(ref _shared.State, CallerParked);
            if ((before & ActiveMask) != 0) _callerWake.Wait();
            return;
        }
    }

    /// <summary>Joins the open loop, if there is one that this worker has not seen.</summary>
    private bool TryJoin(ref long seenEpoch)
    {
        long state = Volatile.Read(ref _shared.State);
        while ((state & Open) != 0 && state >> EpochShift != seenEpoch)
        {
            long before = Interlocked.CompareExchange(ref _shared.State, state + 1, state);
            if (before == state)
            {
                seenEpoch = state >> EpochShift;
                return true;
            }
            state = before;
        }
        return false;
    }

    private void Leave()
    {
        long state = Interlocked.Decrement(ref _shared.State);
        if ((state & ActiveMask) == 0 && (state & CallerParked) != 0) _callerWake.Release();
    }

    private void WorkerLoop(int index, Worker self)
    {
        _inside = this;
        long seenEpoch = 0;
        var spin = new BoundedSpin(IdleSpinTicks);
        while (!_stopping)
        {
            if (TryJoin(ref seenEpoch))
            {
                if (index < _rangeCount) RunChunks(index);
                Leave();
                spin.Restart();
            }
            else if (!spin.Once())
            {
                self.Park(this, seenEpoch);
                spin.Restart();
            }
        }
    }

    private bool HasNews(long seenEpoch)
    {
        long state = Volatile.Read(ref _shared.State);
        return _stopping || ((state & Open) != 0 && state >> EpochShift != seenEpoch);
    }

    private void Start(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _stopping = false;
        _shared.State = 0;
        _ranges = new Range[threads];
        var workers = new Worker[threads - 1];
        for (int i = 0; i < workers.Length; i++) workers[i] = new Worker();
        _workers = workers;
        for (int i = 0; i < workers.Length; i++) workers[i].Start(this, i + 1);
    }

    private void Stop()
    {
        _stopping = true;
        Interlocked.MemoryBarrier();
        foreach (Worker worker in _workers) worker.WakeIfParked();
        foreach (Worker worker in _workers) worker.Dispose();
        _workers = [];
    }

    /// <summary>One worker thread and the flag and semaphore it parks on.</summary>
    private sealed class Worker : IDisposable
    {
        private readonly SemaphoreSlim _wake = new(0);
        private Thread? _thread;
        private int _parked;

        public void Start(WorkerPool pool, int index)
        {
            _thread = new Thread(() => pool.WorkerLoop(index, this), 1 << 20) { IsBackground = true, Name = $"nengine worker {index}" };
            _thread.Start();
        }

        public void Dispose()
        {
            _thread?.Join();
            _wake.Dispose();
        }

        public void Park(WorkerPool pool, long seenEpoch)
        {
            Interlocked.Exchange(ref _parked, 1);
            // Look again after publishing: a loop opened just before would otherwise be slept through.
            if (pool.HasNews(seenEpoch) && Interlocked.Exchange(ref _parked, 0) == 1) return;
            _wake.Wait();
        }

        public void WakeIfParked()
        {
            if (Volatile.Read(ref _parked) == 1 && Interlocked.Exchange(ref _parked, 0) == 1) _wake.Release();
        }
    }

    private readonly struct DelegateBody(Action<int> body) : IChunkBody
    {
        public void Invoke(int chunk, int worker) => body(chunk);
    }

    /// <summary>Chunks left to one worker; a cache line of its own, since everyone may take from it.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Range
    {
        [FieldOffset(0)] public int Next;
        [FieldOffset(4)] public int End;
    }

    /// <summary>The word everyone spins on, away from the fields that the caller writes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Shared
    {
        [FieldOffset(128)] public long State;
    }
}
