namespace NativeEngine.SoftGpu;

/// <summary>A PTX text that was read and checked: its version, target, variables and kernels.</summary>
public sealed class PtxModule
{
    internal PtxModule(string file) => File = file;

    /// <summary>The name given to <see cref="Parse"/>.</summary>
    public string File { get; }

    /// <summary>PTX ISA version times ten: 63 for <c>.version 6.3</c>.</summary>
    public int Version { get; internal set; }

    /// <summary>Target architecture: 70 for <c>sm_70</c>.</summary>
    public int Target { get; internal set; }

    /// <summary>Kernels in written order.</summary>
    public IReadOnlyList<PtxEntry> Entries { get; internal set; } = [];

    /// <summary>Device functions in the order of their first declaration.</summary>
    public IReadOnlyList<PtxFunction> Functions { get; internal set; } = [];

    /// <summary>Functions whose address is taken: those that calls through registers may reach.</summary>
    internal IReadOnlySet<PtxFunction> AddressTaken { get; set; } = new HashSet<PtxFunction>();

    /// <summary>Module-level global and constant variables in written order.</summary>
    public IReadOnlyList<PtxVariable> Variables { get; internal set; } = [];

    /// <summary>Source file names by the number of their <c>.file</c> directive.</summary>
    public IReadOnlyDictionary<int, string> SourceFiles { get; internal set; } = new Dictionary<int, string>();

    /// <summary>Statements that declare registers, variables and pragmas; with the instructions they are all statements of the text.</summary>
    internal int Declarations { get; set; }

    /// <summary>Reads PTX text. Everything in it is understood or refused.</summary>
    /// <param name="text">The PTX text.</param>
    /// <param name="file">Name used in errors and findings.</param>
    /// <exception cref="PtxException">An unknown directive, opcode, modifier or operand form, a wrong type, a missing declaration: with line and
    /// column.</exception>
    public static PtxModule Parse(string text, string file) => new PtxParser(text, file).ParseModule();
}
