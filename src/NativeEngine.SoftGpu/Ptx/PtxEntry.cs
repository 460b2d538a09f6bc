namespace NativeEngine.SoftGpu;

/// <summary>A kernel: its parameters, its launch limits, its variables and its instructions in written order.</summary>
public sealed class PtxEntry : PtxBody
{
    internal PtxEntry(string name, int line) : base(name, line)
    {
    }

    /// <summary>Why the body cannot be read, or null. A module of which no kernel can be read is refused.</summary>
    public PtxException? Problem { get; internal set; }

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

    /// <summary>Bytes of statically declared shared memory, module-level variables that the body or a function it may call names included.</summary>
    public int SharedBytes { get; internal set; }

    /// <summary>Alignment wanted by the dynamic shared memory, which starts after the static one.</summary>
    public int DynamicSharedAlignment { get; internal set; } = 16;

    /// <summary>The functions that the kernel may call, and how deep.</summary>
    internal PtxCallGraph Calls { get; set; } = null!;

    /// <summary>Shared variables of the body, placed when the module has been read.</summary>
    internal IReadOnlyList<(PtxVariable Variable, PtxToken At)> SharedVariables { get; set; } = [];
}
