namespace NativeEngine.SoftGpu;

/// <summary>A kernel: its parameters, its launch limits, its variables and its instructions in written order.</summary>
public sealed class PtxEntry
{
    internal PtxEntry(string name, int line)
    {
        Name = name;
        Line = line;
    }

    public string Name { get; }

    /// <summary>Line of the <c>.entry</c> directive.</summary>
    public int Line { get; }

    /// <summary>Parameters in order, each with its byte offset in the parameter buffer.</summary>
    public IReadOnlyList<PtxVariable> Parameters { get; internal set; } = [];

    /// <summary>Size of the parameter buffer in bytes.</summary>
    public int ParameterBytes { get; internal set; }

    /// <summary>The three values of <c>.maxntid</c>, or null.</summary>
    public Dim3? MaxThreads { get; internal set; }

    /// <summary>The three values of <c>.reqntid</c>, or null: the block must have exactly this shape.</summary>
    public Dim3? RequiredThreads { get; internal set; }

    /// <summary>The value of <c>.minnctapersm</c>, 0 when absent.</summary>
    public int MinBlocksPerMultiprocessor { get; internal set; }

    /// <summary>The value of <c>.maxnreg</c>, 0 when absent.</summary>
    public int MaxRegisters { get; internal set; }

    /// <summary>Registers that the body uses, by <see cref="PtxRegister.Index"/>.</summary>
    public IReadOnlyList<PtxRegister> Registers { get; internal set; } = [];

    public IReadOnlyList<PtxInstruction> Instructions { get; internal set; } = [];

    /// <summary>Bytes of statically declared shared memory, module-level variables that the body names included.</summary>
    public int SharedBytes { get; internal set; }

    /// <summary>Alignment wanted by the dynamic shared memory, which starts after the static one.</summary>
    public int DynamicSharedAlignment { get; internal set; } = 16;

    /// <summary>Bytes of local memory per thread.</summary>
    public int LocalBytes { get; internal set; }

    /// <summary>Labels by instruction index, for listings.</summary>
    public IReadOnlyList<(string Name, int Instruction)> Labels { get; internal set; } = [];
}
