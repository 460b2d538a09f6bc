namespace NativeEngine.SoftGpu;

/// <summary>
/// One decoded operation: the function that executes it for the lanes of a mask, and what that function needs. Operands are byte offsets into the
/// warp's register file; constants and special registers have slots there too, so every source operand looks the same.
/// </summary>
internal unsafe struct Op
{
    /// <summary>Executes the operation: itself, the warp, the register file, the active lanes.</summary>
    public delegate*<Op*, Warp, byte*, uint, void> Run;

    /// <summary>The guarded operation when <see cref="Run"/> is <see cref="ControlHandlers.Guarded"/>.</summary>
    public delegate*<Op*, Warp, byte*, uint, void> Inner;

    /// <summary>Destination slot; for stores the first value.</summary>
    public int D;

    public int A;
    public int B;
    public int C;

    /// <summary>Slots of further vector elements; <see cref="D1"/> is also the second predicate of a pair. -1 where there is none.</summary>
    public int D1;
    public int D2;
    public int D3;

    /// <summary>Small parameter of the function (kind, count, element size).</summary>
    public int N;

    /// <summary>Address offset or wide parameter.</summary>
    public long Immediate;

    /// <summary>Slot of the guard predicate.</summary>
    public int Guard;

    /// <summary>All ones when the guard is negated, else 0.</summary>
    public uint GuardFlip;

    /// <summary>Index of the last allocation this operation touched. Workers may race on it: any value is safe, a good one is fast.</summary>
    public int Hit;

    /// <summary>Generic accesses: index of their handlers in <see cref="Program.GenericHandlers"/>.</summary>
    public int GenericTable;

    /// <summary>Index of the instruction in its entry.</summary>
    public int Instruction;
}
