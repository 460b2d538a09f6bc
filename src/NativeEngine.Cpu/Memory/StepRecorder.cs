using System.Runtime.InteropServices;

namespace NativeEngine.Cpu.Memory;

/// <summary>
/// Watches the big buffers of every step and plans the next step of its kind. A step follows the newest plan that begins with its first
/// request for as long as its requests agree with it; from the first that does not on, buffers are placed as they come.
/// </summary>
/// <remarks>
/// A plan is advice only: the heap still refuses a place that is not free at the moment, so a step that holds a buffer longer than the one
/// that was recorded is as safe as an unplanned one. Not thread-safe: its owner holds a lock.
/// </remarks>
internal sealed unsafe class StepRecorder(ArenaHeap heap)
{
    /// <summary>Kinds of steps that are remembered: training and evaluation, each also with the smaller batch that ends an epoch.</summary>
    private const int MostPlans = 8;

    private readonly List<StepPlan> _plans = [];
    private readonly List<BufferLifetime> _buffers = [];
    private readonly Dictionary<nint, int> _live = [];
    private StepPlan? _plan;
    private bool _open, _followed;
    private int _clock;

    /// <summary>Steps that got every buffer from their plan.</summary>
    public long PlannedSteps { get; private set; }

    /// <summary>The plan that the last step followed or made, or null.</summary>
    public StepPlan? Current { get; private set; }

    public void Begin()
    {
        _open = true;
        _followed = true;
        _plan = null;
        _clock = 0;
        _buffers.Clear();
        _live.Clear();
    }

    /// <summary>A block of the heap for a request of a step.</summary>
    public void* Take(long bytes)
    {
        if (!_open) return heap.Allocate(bytes);
        int index = _buffers.Count;
        if (index == 0) _plan = _plans.Find(p => p.Size(0) == bytes);
        void* block = null;
        if (_plan is { } plan)
        {
            nint place = index < plan.Count && plan.Size(index) == bytes ? plan.Place(index) : StepPlan.Nowhere;
            if (heap.TryTake((void*)place, bytes)) block = (void*)place;
            else (_plan, _followed) = (null, false);
        }
        else _followed = false;
        if (block == null) block = heap.Allocate(bytes);
        _live[(nint)block] = index;
        _buffers.Add(new BufferLifetime(bytes, _clock++, int.MaxValue));
        return block;
    }

    /// <summary>A block of the heap was returned.</summary>
    public void Returned(void* block)
    {
        if (_open && _live.Remove((nint)block, out int index)) CollectionsMarshal.AsSpan(_buffers)[index] = _buffers[index] with { End = _clock++ };
    }

    public void End()
    {
        if (!_open) return;
        _open = false;
        if (_buffers.Count == 0) return;
        if (_followed && _plan is not null && _buffers.Count == _plan.Count && _live.Count == 0)
        {
            PlannedSteps++;
            Current = _plan;
            Prefer(_plan);
            return;
        }
        // What outlives the step will not be asked for in the next one.
        _buffers.RemoveAll(b => b.End == int.MaxValue);
        _live.Clear();
        if (_buffers.Count is 0 or > StepPlan.MostBuffers) return;
        Current = _plans.Find(p => p.Fits(_buffers)) ?? StepPlan.Of(_buffers, heap.FreeRanges());
        Prefer(Current);
        if (_plans.Count > MostPlans) _plans.RemoveAt(MostPlans);
    }

    /// <summary>Forgets all plans: the arenas that they lie in may be gone.</summary>
    public void Forget()
    {
        _plans.Clear();
        _plan = null;
        Current = null;
    }

    private void Prefer(StepPlan plan)
    {
        _plans.Remove(plan);
        _plans.Insert(0, plan);
    }
}
