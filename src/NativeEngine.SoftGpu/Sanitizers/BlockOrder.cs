using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <summary>
/// Which accesses come before which in a running block: a clock for each warp, that moves on whenever lanes of it synchronise, and for each thread
/// what it knows of the others' clocks. Barriers order their participants, arrivals those who wait for them, <c>bar.warp.sync</c> the lanes of its
/// mask; fences and strong accesses order as PTX's release and acquire patterns say. Shuffles and votes order nothing.
/// </summary>
internal sealed class BlockOrder
{
    private readonly int[] _clocks;
    private readonly ThreadView[] _views;
    private readonly bool[] _uniform; // the warp's first entry is that of all its lanes
    private readonly ThreadView _start;
    private readonly BlockClock _nothing;
    private readonly ThreadView?[] _arrived = new ThreadView?[16];
    private readonly List<LaneGroup> _participants = [];
    private long _block;

    public BlockOrder(int warps)
    {
        _clocks = new int[warps];
        _views = new ThreadView[32 * warps];
        _uniform = new bool[warps];
        _nothing = BlockClock.Nothing(warps);
        _start = new ThreadView(_nothing, Clocks.Nothing);
    }

    public void Start(long block)
    {
        _block = block;
        Array.Fill(_clocks, 1);
        Array.Fill(_uniform, true);
        Array.Clear(_arrived);
        for (int warp = 0; warp < _clocks.Length; warp++)
            _views[32 * warp] = _start;
    }

    /// <summary>The clock a warp's accesses have now.</summary>
    public int ClockOf(int warp) => _clocks[warp];

    public ThreadView ViewOf(int warp, int lane) => _views[32 * warp + (_uniform[warp] ? 0 : lane)];

    public bool IsUniform(int warp) => _uniform[warp];

    /// <summary>Changes what lanes know.</summary>
    public void Change(Warp w, uint lanes, Func<ThreadView, ThreadView> change)
    {
        int first = 32 * w.Index;
        if (_uniform[w.Index])
        {
            var view = _views[first];
            var next = change(view);
            if (ReferenceEquals(view, next))
                return;
            if ((w.Alive & ~lanes) == 0)
            {
                _views[first] = next;
                return;
            }
            Array.Fill(_views, view, first, 32);
            _uniform[w.Index] = false;
        }
        for (uint rest = lanes; rest != 0;)
        {
            var view = _views[first + BitOperations.TrailingZeroCount(rest)];
            var next = change(view);
            for (uint same = rest; same != 0; same &= same - 1)
            {
                int lane = BitOperations.TrailingZeroCount(same);
                if (!ReferenceEquals(_views[first + lane], view))
                    continue;
                _views[first + lane] = next;
                rest &= ~(1u << lane);
            }
        }
    }

    /// <summary>A fence: what comes before it comes before the thread's later writes, and what the thread has seen is known from here on.</summary>
    public void Fence(Warp w, uint mask, MemoryScope scope)
    {
        int clock = _clocks[w.Index]++;
        Change(w, mask, view =>
        {
            view = view.Knowing(_block, view.SeenInBlock);
            if (scope != MemoryScope.Block)
                view = view.Knowing(_block, view.SeenOnDevice) with { SeenOnDevice = Clocks.Nothing };
            var fenced = new Fenced(view.Told(_block), clock);
            return view with { SeenInBlock = Clocks.Nothing, InBlock = fenced, OnDevice = scope == MemoryScope.Block ? view.OnDevice : fenced };
        });
    }

    /// <summary>What lanes know and did up to now, as a release tells it.</summary>
    public Clocks ReleaseBy(int warp, int lane) =>
        ViewOf(warp, lane).Told(_block).With(_block, _nothing.With(new LaneGroup(warp, 1u << lane, false, _clocks[warp])));

    /// <summary>What a lane's strong write tells after its last fence, or null.</summary>
    public Clocks? FencedBy(int warp, int lane, bool onDevice)
    {
        var view = ViewOf(warp, lane);
        return (onDevice ? view.OnDevice : view.InBlock)?.Told(_block, _nothing, warp, 1u << lane);
    }

    /// <summary>Later accesses of a warp are later than what it told.</summary>
    public void Advance(int warp) => _clocks[warp]++;

    public void WarpBarrier(Warp w, uint mask)
    {
        _participants.Add(GroupOf(w, mask | (w.Launched & ~w.Alive)));
        var joined = JoinParticipants(null);
        Change(w, mask, _ => joined);
    }

    /// <summary>Lanes arrive at a barrier without waiting: those who wait come after what these did.</summary>
    public void Arrive(Warp w, uint mask, int number)
    {
        _participants.Add(GroupOf(w, mask));
        _arrived[number] = JoinParticipants(_arrived[number]);
    }

    /// <summary>Lanes wait at a barrier that is released.</summary>
    public void Participate(Warp w, uint lanes) => _participants.Add(GroupOf(w, lanes));

    /// <summary>A barrier is released: each of its participants comes after all of them and after the arrivals.</summary>
    public void Release(Warp[] warps, int number)
    {
        int count = _participants.Count;
        Span<LaneGroup> groups = count <= 32 ? stackalloc LaneGroup[count] : new LaneGroup[count];
        _participants.CopyTo(groups);
        var joined = JoinParticipants(_arrived[number]);
        _arrived[number] = null;
        foreach (var group in groups)
            Change(warps[group.Warp], group.Lanes, _ => joined);
    }

    private LaneGroup GroupOf(Warp w, uint lanes) => new(w.Index, lanes, (w.Launched & ~lanes) == 0, _clocks[w.Index]);

    /// <summary>What all participants know and did together; a barrier also makes known what they have seen, and hands on what they have fenced.</summary>
    private ThreadView JoinParticipants(ThreadView? joined)
    {
        ThreadView? last = null;
        Fenced? inBlock = joined?.InBlock, onDevice = joined?.OnDevice;
        foreach (var group in _participants)
        {
            for (uint rest = group.Lanes; rest != 0;)
            {
                int lane = BitOperations.TrailingZeroCount(rest);
                var view = ViewOf(group.Warp, lane);
                uint lanes = _uniform[group.Warp] ? rest : 1u << lane;
                rest &= ~lanes;
                if (view.InBlock is { } fencedInBlock)
                    inBlock = HandOn(inBlock, fencedInBlock, group.Warp, lanes);
                if (view.OnDevice is { } fencedOnDevice)
                    onDevice = HandOn(onDevice, fencedOnDevice, group.Warp, lanes);
                if (ReferenceEquals(view, last))
                    continue;
                last = view;
                joined = joined is null ? view : joined.Knowing(_block, view.Told(_block));
                joined = joined.Knowing(_block, view.SeenInBlock).Knowing(_block, view.SeenOnDevice);
            }
        }
        var own = joined!.Own.With(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_participants));
        foreach (var group in _participants)
            _clocks[group.Warp] = group.Clock + 1;
        _participants.Clear();
        return new ThreadView(own, joined.Others) { InBlock = inBlock, OnDevice = onDevice };
    }

    private Fenced HandOn(Fenced? before, Fenced fenced, int warp, uint lanes)
    {
        var told = fenced.Told(_block, _nothing, warp, lanes);
        return new Fenced(before is null ? told : Clocks.Join(before.Known, told), 0);
    }
}
