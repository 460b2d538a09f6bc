namespace NativeEngine.Data;

/// <summary>
/// Delivers the batches of an epoch in order. With workers, background threads prepare batches ahead; what a batch holds
/// depends only on its number, never on how many workers there are.
/// </summary>
public sealed class BatchLoader : IDisposable
{
    private const int AheadPerWorker = 2;
    private const int MaxWorkers = 256;

    private readonly Dataset _data;
    private readonly EpochPlan _plan;
    private readonly Augmentation _augmentation;
    private readonly ulong _seed;
    private readonly object _gate = new();
    private readonly HostBatch?[] _ready;
    private readonly Stack<HostBatch> _free = [];
    private readonly Thread[] _workers;
    private HostBatch? _lent;
    private Exception? _failure;
    private int _claimed, _next;
    private bool _stopping;

    /// <summary>Starts at batch <paramref name="firstBatch"/> of the epoch.</summary>
    /// <param name="data">Read from the worker threads.</param>
    /// <param name="plan">The batches.</param>
    /// <param name="augmentation">Random placement, or <see cref="Augmentation.None"/>.</param>
    /// <param name="seed">Seed of the placement.</param>
    /// <param name="workers">Background threads; 0 prepares each batch when it is asked for.</param>
    /// <param name="firstBatch">Where a resumed epoch goes on.</param>
    /// <param name="targets">Makes the targets of a batch of so many images; <see cref="ClassIds"/> when nothing is said.</param>
    public BatchLoader(Dataset data, EpochPlan plan, Augmentation augmentation, ulong seed, int workers, int firstBatch = 0,
        Func<int, TargetBatch>? targets = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(workers);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(workers, MaxWorkers);
        ArgumentOutOfRangeException.ThrowIfNegative(firstBatch);
        (_data, _plan, _augmentation, _seed) = (data, plan, augmentation, seed);
        _claimed = _next = firstBatch;
        workers = Math.Min(workers, Math.Max(0, plan.Batches - firstBatch));
        int slots = Math.Max(1, workers * AheadPerWorker) + 1; // one more for the batch that is lent out
        _ready = new HostBatch?[slots];
        for (int i = 0; i < slots; i++)
            _free.Push(new HostBatch(plan.BatchSize, data.ImageBytes, targets?.Invoke(plan.BatchSize) ?? new ClassIds(plan.BatchSize)));
        _workers = new Thread[workers];
        for (int i = 0; i < workers; i++)
        {
            _workers[i] = new Thread(Work) { IsBackground = true, Name = $"loader {i}" };
            _workers[i].Start();
        }
    }

    /// <summary>
    /// The next batch, or null after the last. The batch delivered before is reused. A failure of a worker is thrown here,
    /// when its batch is due.
    /// </summary>
    public HostBatch? Next()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            if (_lent is not null)
            {
                _free.Push(_lent);
                _lent = null;
                Monitor.PulseAll(_gate);
            }

            if (_next >= _plan.Batches)
                return null;
            if (_workers.Length > 0)
                return _lent = Await();
        }

        var batch = _free.Pop();
        batch.Fill(_data, _plan, _next++, _augmentation, _seed);
        return _lent = batch;
    }

    private HostBatch Await()
    {
        int slot = _next % _ready.Length;
        while (_ready[slot] is null)
        {
            if (_failure is not null)
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
            Monitor.Wait(_gate);
        }

        var batch = _ready[slot]!;
        _ready[slot] = null;
        _next++;
        return batch;
    }

    private void Work()
    {
        while (true)
        {
            HostBatch batch;
            int index;
            lock (_gate)
            {
                while (!_stopping && _failure is null && _free.Count == 0)
                    Monitor.Wait(_gate);
                if (_stopping || _failure is not null || _claimed >= _plan.Batches)
                    return;

                // Buffer and batch number are taken together, so at most _ready.Length batches are claimed and not yet
                // returned: slot index % length is always empty when its batch is done.
                batch = _free.Pop();
                index = _claimed++;
            }

            try
            {
                batch.Fill(_data, _plan, index, _augmentation, _seed);
            }
            catch (Exception e)
            {
                lock (_gate)
                {
                    _failure ??= e;
                    Monitor.PulseAll(_gate);
                }

                return;
            }

            lock (_gate)
            {
                _ready[index % _ready.Length] = batch;
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Stops the workers and waits for them.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        foreach (var worker in _workers)
            worker.Join();
    }
}
