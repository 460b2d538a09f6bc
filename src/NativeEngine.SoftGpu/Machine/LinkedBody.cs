namespace NativeEngine.SoftGpu;

/// <summary>A kernel or function in a program: where its instructions and registers stand among those of the whole program.</summary>
/// <param name="Body">The kernel or function.</param>
/// <param name="FirstInstruction">Number of its first instruction.</param>
/// <param name="FirstRegister">Number of its first register.</param>
/// <param name="Slots">Slot of each of its registers in the register file, by its index.</param>
internal sealed record LinkedBody(PtxBody Body, int FirstInstruction, int FirstRegister, int[] Slots)
{
    /// <summary>Number behind its last instruction.</summary>
    public int EndInstruction => FirstInstruction + Body.Instructions.Count;

    /// <summary>True for a function, whose frame lies where its caller's ends.</summary>
    public bool IsFunction => Body is PtxFunction;
}
