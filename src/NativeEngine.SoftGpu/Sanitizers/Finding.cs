namespace NativeEngine.SoftGpu;

/// <summary>What a finding is about.</summary>
public enum FindingKind : byte
{
    OutOfBounds,
    UseAfterFree,
    Misaligned,
    WriteToConstant,
    UninitialisedGlobal,
    UninitialisedShared,
    UninitialisedLocal,
    UninitialisedRegister,
    SharedRace,
    GlobalRace,
    BarrierDivergence,
    NonCoherentRead,
    WarpSync,
    DivisionByZero,
    Trap,
    Assertion,
    StackOverflow,
    BadCall,
    InstructionBudget,
    Leak,
    Launch,
}

/// <summary>Where a finding was made; parts that are not known are empty.</summary>
/// <param name="Kernel">Entry name.</param>
/// <param name="Block">Position of the block in the grid.</param>
/// <param name="Thread">Position of the thread in the block.</param>
/// <param name="PtxFile">PTX text, as named when it was parsed.</param>
/// <param name="PtxLine">Line in the PTX text, 0 when none.</param>
/// <param name="Instruction">The instruction's text.</param>
/// <param name="SourceFile">Source file from <c>.file</c>.</param>
/// <param name="SourceLine">Source line from <c>.loc</c>, 0 when none.</param>
public sealed record FindingPlace(string Kernel, Dim3 Block, Dim3 Thread, string PtxFile, int PtxLine, string Instruction, string SourceFile, int SourceLine)
{
    /// <summary>The place of findings that belong to no instruction.</summary>
    public static FindingPlace Nowhere { get; } = new("", default, default, "", 0, "", "", 0);

    /// <summary>The device function that holds the instruction, empty in the kernel itself.</summary>
    public string Function { get; init; } = "";

    public override string ToString()
    {
        var parts = new List<string>();
        if (Kernel.Length > 0)
            parts.Add(Function.Length > 0 ? $"kernel {Kernel}, function {Function}" : $"kernel {Kernel}");
        if (PtxLine > 0)
        {
            if (Instruction.Length > 0)
                parts.Add($"block {Block} thread {Thread}");
            parts.Add($"{PtxFile}:{PtxLine}");
        }
        if (Instruction.Length > 0)
            parts.Add(Instruction);
        if (SourceLine > 0)
            parts.Add($"{SourceFile}:{SourceLine}");
        return string.Join(", ", parts);
    }
}

/// <summary>Something wrong that a kernel, a launch or the host did: its kind, one sentence, and the place.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Message">One sentence.</param>
/// <param name="Place">Kernel, block, thread and line.</param>
public sealed record Finding(FindingKind Kind, string Message, FindingPlace Place)
{
    /// <summary>How many times the same kind was found at the same instruction in the launch; the first is described.</summary>
    public long Count { get; internal set; } = 1;

    /// <summary>One line: kind, message, place.</summary>
    public override string ToString() =>
        $"{Kind}: {Message}" + (Place == FindingPlace.Nowhere ? "" : $" [{Place}]") + (Count > 1 ? $" (and {Count - 1} more like it)" : "");
}
