using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <summary>
/// The state of 32 lanes: their register file, which of them are alive, and for each basic block the lanes that wait to run it.
/// </summary>
internal sealed unsafe class Warp
{
    /// <summary>Lanes that wait to run each basic block.</summary>
    private readonly uint[] _pending;

    /// <summary>Words on each lane's stack of calls, and room for them; empty until something is called.</summary>
    private readonly int[] _callTops = new int[32];
    private uint[] _calls = [];
    private int _callCapacity;

    /// <summary>One bit per basic block with waiting lanes.</summary>
    private readonly ulong[] _ready;

    public Warp(int blockCount, BlockExecutor executor)
    {
        _pending = new uint[blockCount];
        _ready = new ulong[(blockCount + 63) / 64];
        Executor = executor;
    }

    public BlockExecutor Executor { get; }

    /// <summary>Register file; null while the warp has not started.</summary>
    public byte* Registers;

    /// <summary>Lanes that exist and have not exited.</summary>
    public uint Alive;

    /// <summary>Lanes the launch gave this warp.</summary>
    public uint Launched;

    /// <summary>Number of the warp in its block.</summary>
    public int Index;

    public byte* Shared;
    public ulong SharedBytes;
    public byte* Local;
    public ulong LocalBytes;
    public byte* Parameters;
    public ulong ParameterBytes;
    public MemoryRange* Ranges;

    /// <summary>First lane served by atomics; 0 except under a shuffled schedule.</summary>
    public int LaneRotation;

    /// <summary>Number of basic blocks with waiting lanes.</summary>
    public int PendingBlocks { get; private set; }

    /// <summary>Lanes that wait at a barrier, by barrier instruction.</summary>
    public List<ParkedLanes> Parked { get; } = [];

    /// <summary>All lanes that wait at a barrier.</summary>
    public uint ParkedMask;

    /// <summary>Scheduling decisions taken, for the rotation that keeps spinning lanes from starving others.</summary>
    public int Decisions;

    /// <summary>Carry flag of add.cc and its kin, one bit per lane.</summary>
    public uint Carry;

    /// <summary>Asynchronous copies on their way; null when there never were any.</summary>
    public AsyncCopies? Copies;

    public int BlockCount => _pending.Length;

    /// <summary>Lanes that wait to run a block.</summary>
    public uint PendingAt(int block) => _pending[block];

    /// <summary>Starts the warp: its launched lanes wait for the first block.</summary>
    /// <param name="lanes">The lanes.</param>
    /// <param name="block">The kernel's first block.</param>
    public void Start(uint lanes, int block)
    {
        Array.Clear(_pending);
        Array.Clear(_ready);
        PendingBlocks = 0;
        Parked.Clear();
        ParkedMask = 0;
        Decisions = 0;
        Carry = 0;
        Copies?.Clear();
        Alive = Launched = lanes;
        if (_calls.Length > 0)
            Array.Clear(_callTops);
        Push(block, lanes);
    }

    /// <summary>Puts a word on a lane's stack of calls: registers to keep, and the block to come back to.</summary>
    public void PushCall(int lane, uint word)
    {
        if (_callTops[lane] == _callCapacity)
            GrowCalls();
        _calls[lane * _callCapacity + _callTops[lane]++] = word;
    }

    /// <summary>Takes the last word off a lane's stack of calls.</summary>
    public uint PopCall(int lane) => _calls[lane * _callCapacity + --_callTops[lane]];

    private void GrowCalls()
    {
        int capacity = Math.Max(32, 2 * _callCapacity);
        uint[] grown = new uint[32 * capacity];
        for (int lane = 0; lane < 32; lane++)
            Array.Copy(_calls, lane * _callCapacity, grown, lane * capacity, _callTops[lane]);
        (_calls, _callCapacity) = (grown, capacity);
    }

    /// <summary>The calls a lane is in, innermost first: the sites that they were made from.</summary>
    public List<CallSite> CallsOf(int lane, Program program)
    {
        var sites = new List<CallSite>();
        for (int top = _callTops[lane]; top > 0;)
        {
            uint landing = _calls[lane * _callCapacity + top - 1];
            var site = program.Calls.First(candidate => candidate.Landing == landing);
            sites.Add(site);
            top -= 1 + site.Saved.Sum(register => (register.LaneBytes == 8 ? 2 : 1) + (register.Register >= 0 ? 1 : 0));
        }
        return sites;
    }

    /// <summary>Makes lanes wait for a block.</summary>
    public void Push(int block, uint lanes)
    {
        if (_pending[block] == 0)
        {
            PendingBlocks++;
            _ready[block >> 6] |= 1UL << (block & 63);
        }
        _pending[block] |= lanes;
    }

    /// <summary>Takes lanes out of the wait for a block.</summary>
    public void Take(int block, uint lanes)
    {
        if ((_pending[block] &= ~lanes) == 0)
        {
            PendingBlocks--;
            _ready[block >> 6] &= ~(1UL << (block & 63));
        }
    }

    /// <summary>The first block at or after <paramref name="from"/> with waiting lanes, or -1.</summary>
    public int NextPending(int from)
    {
        int word = from >> 6;
        if (word >= _ready.Length)
            return -1;
        ulong bits = _ready[word] & (ulong.MaxValue << (from & 63));
        while (bits == 0)
        {
            if (++word == _ready.Length)
                return -1;
            bits = _ready[word];
        }
        return (word << 6) + BitOperations.TrailingZeroCount(bits);
    }
}

/// <summary>Lanes of a warp that wait at one barrier instruction.</summary>
internal record struct ParkedLanes(int Barrier, int ThreadCount, int Block, uint Lanes);
