namespace NativeEngine.SoftGpu;

internal enum BlockEnd : byte
{
    Fall,
    Branch,
    ConditionalBranch,
    Exit,
    ConditionalExit,
    Barrier,
    ConditionalBarrier,

    /// <summary>A call of a function; like the ends below, for the lanes of the guard when it has one.</summary>
    Call,
    Return,
    IndexedBranch,
}

internal enum BarrierKind : byte
{
    Sync,
    ReducePopc,
    ReduceAnd,
    ReduceOr,
}

internal enum SyncEntry : byte
{
    /// <summary>Lanes may enter as they come.</summary>
    None,

    /// <summary>The block starts with a warp synchronisation whose member mask is <see cref="BlockInfo.SyncMask"/>.</summary>
    Constant,

    /// <summary>The member mask is a register.</summary>
    Register,
}

/// <summary>A basic block of the decoded program and how it ends.</summary>
internal unsafe struct BlockInfo
{
    public Op* First;
    public int OpCount;

    /// <summary>Instructions counted for each lane that runs the block, its end included.</summary>
    public int InstructionCount;

    /// <summary>Index of the first instruction.</summary>
    public int FirstInstruction;

    public BlockEnd End;
    public SyncEntry Sync;
    public BarrierKind Barrier;

    /// <summary>Taken block of a branch; of an indexed branch the slot of the index.</summary>
    public int Target;

    /// <summary>Block that follows.</summary>
    public int Next;

    /// <summary>Slot of the predicate of a conditional end.</summary>
    public int Guard;
    public uint GuardFlip;
    public uint SyncMask;
    public int SyncSlot;

    /// <summary>Slots of the barrier's number, thread count (-1: all), result and source predicate.</summary>
    public int BarrierSlot;
    public int BarrierCountSlot;
    public int BarrierResult;
    public int BarrierSource;
    public uint BarrierSourceFlip;

    /// <summary>A call's number in <see cref="Program.Calls"/>, an indexed branch's in <see cref="Program.BranchTables"/>.</summary>
    public int Table;

    /// <summary>Instruction that ends the block.</summary>
    public int EndInstruction;
}
