namespace NativeEngine.SoftGpu;

/// <summary>A call of a function, as it is executed: what is passed where, what the caller must find again, and where lanes come back.</summary>
internal sealed class CallSite
{
    /// <summary>Number of the call's instruction.</summary>
    public required int Instruction { get; init; }

    /// <summary>Bytes of the caller's frame: the callee's starts behind it.</summary>
    public required int CallerBytes { get; init; }

    /// <summary>From the caller's variables and registers into the callee's frame.</summary>
    public required PassedValue[] Arguments { get; init; }

    /// <summary>From the callee's frame into the caller's variables and registers.</summary>
    public required PassedValue[] Results { get; init; }

    /// <summary>Registers of the caller that are kept while the callee runs; none when it cannot come to call its caller.</summary>
    public required SavedRegister[] Saved { get; init; }

    /// <summary>Slot of the function's address in an indirect call, else -1.</summary>
    public required int PointerSlot { get; init; }

    /// <summary>Block where lanes come back.</summary>
    public int Landing { get; set; }

    /// <summary>The called function of a direct call.</summary>
    public Callee Direct { get; set; }

    /// <summary>The functions an indirect call may reach, by their addresses.</summary>
    public Dictionary<ulong, Callee> Targets { get; } = [];
}

/// <summary>A function as calls see it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Block">Its first block.</param>
/// <param name="FrameBytes">Bytes of its frame.</param>
/// <param name="HasRegisterResults">True when it gives back registers, which it writes to the frame itself.</param>
/// <param name="ResultBytes">Bytes of its results, at the start of the frame.</param>
internal readonly record struct Callee(string Name, int Block, int FrameBytes, bool HasRegisterResults, int ResultBytes);

/// <summary>One argument or result.</summary>
/// <param name="Offset">Where it lies in the callee's frame.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="CallerOffset">Where it lies in the caller's frame, or -1 when the caller has it in a register.</param>
/// <param name="Slot">The caller's register or constant, or -1.</param>
/// <param name="SlotBytes">Bytes of a lane in the slot, 4 or 8.</param>
/// <param name="Register">Number of the register where it is watched for uninitialised reads, or -1.</param>
internal readonly record struct PassedValue(int Offset, int Bytes, int CallerOffset, int Slot, int SlotBytes, int Register);

/// <summary>A register that is kept across a call.</summary>
/// <param name="Slot">Its slot.</param>
/// <param name="LaneBytes">8, 4, or 0 for a predicate.</param>
/// <param name="Register">Number of the register where it is watched for uninitialised reads, or -1.</param>
internal readonly record struct SavedRegister(int Slot, int LaneBytes, int Register);
