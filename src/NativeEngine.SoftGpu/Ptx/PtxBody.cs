namespace NativeEngine.SoftGpu;

/// <summary>What a kernel and a device function have in common: parameters, variables, registers and instructions in written order.</summary>
public abstract class PtxBody
{
    private protected PtxBody(string name, int line)
    {
        Name = name;
        Line = line;
    }

    public string Name { get; }

    /// <summary>Line of the directive that declares it.</summary>
    public int Line { get; internal set; }

    /// <summary>Parameters in order, each with its byte offset: of a kernel in the parameter buffer, of a function in its frame.</summary>
    public IReadOnlyList<PtxVariable> Parameters { get; internal set; } = [];

    /// <summary>Registers that the body uses, by <see cref="PtxRegister.Index"/>.</summary>
    public IReadOnlyList<PtxRegister> Registers { get; internal set; } = [];

    public IReadOnlyList<PtxInstruction> Instructions { get; internal set; } = [];

    /// <summary>
    /// Bytes of local memory that a thread needs while it executes the body, called functions not counted: <c>.local</c> variables, arguments of calls and,
    /// in a function, its parameters and results.
    /// </summary>
    public int FrameBytes { get; internal set; }

    /// <summary>Alignment that the variables of the frame want.</summary>
    internal int FrameAlignment { get; set; } = 1;

    /// <summary>Labels by instruction index, for listings.</summary>
    public IReadOnlyList<(string Name, int Instruction)> Labels { get; internal set; } = [];

    /// <summary>True when the body names a shared variable of the module (or, in a function, one of its own).</summary>
    internal bool UsesModuleShared { get; set; }

    /// <summary>Alignment that the body wants of dynamic shared memory.</summary>
    internal int WantedDynamicAlignment { get; set; } = 16;
}
