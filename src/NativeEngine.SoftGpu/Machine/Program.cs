using System.Runtime.InteropServices;

namespace NativeEngine.SoftGpu;

/// <summary>A special register that the kernel reads, and its slot in the register file.</summary>
internal readonly record struct SpecialSlot(string Name, int Slot);

/// <summary>A constant and its slot; 8-byte constants fill 64-bit lanes, 4-byte ones 32-bit lanes, size 0 is a predicate.</summary>
internal readonly record struct ConstantSlot(ulong Bits, int Size, int Slot);

/// <summary>
/// A kernel and the functions it may call, decoded for execution: operations in basic blocks, and the layout of a warp's register file. Decoded once for each
/// set of observers;
/// the plain program carries no trace of them.
/// </summary>
internal sealed unsafe class Program : IDisposable
{
    private readonly Op* _ops;
    private readonly int _opCount;
    private MemoryTable? _table;

    public Program(PtxModule module, PtxEntry entry, Op[] ops, BlockInfo[] blocks)
    {
        Module = module;
        Entry = entry;
        _opCount = ops.Length;
        _ops = (Op*)NativeMemory.AlignedAlloc((nuint)(Math.Max(1, ops.Length) * sizeof(Op)), 64);
        ops.CopyTo(new Span<Op>(_ops, ops.Length));
        Blocks = (BlockInfo*)NativeMemory.AlignedAlloc((nuint)(blocks.Length * sizeof(BlockInfo)), 64);
        int first = 0;
        for (int i = 0; i < blocks.Length; i++)
        {
            Blocks[i] = blocks[i];
            Blocks[i].First = _ops + first;
            first += blocks[i].OpCount;
        }
        BlockCount = blocks.Length;
    }

    ~Program() => Free();

    public PtxModule Module { get; }

    /// <summary>Functions, then the kernel.</summary>
    public required LinkedBody[] Bodies { get; init; }

    /// <summary>Instructions of all bodies.</summary>
    public required PtxInstruction[] Instructions { get; init; }

    /// <summary>Number of registers of all bodies.</summary>
    public int RegisterCount => Bodies[^1].FirstRegister + Entry.Registers.Count;

    /// <summary>Block where threads start.</summary>
    public int EntryBlock { get; init; }

    /// <summary>Calls of functions, by the number in <see cref="BlockInfo.Table"/>.</summary>
    public required CallSite[] Calls { get; init; }

    /// <summary>Calls of what the machine executes itself, by the number in <see cref="Op.N"/>.</summary>
    public required SystemCall[] SystemCalls { get; init; }

    /// <summary>Blocks of indexed branches, by the number in <see cref="BlockInfo.Table"/>.</summary>
    public required int[][] BranchTables { get; init; }

    /// <summary>A 64-bit slot with the start of each lane's frame; -1 when the kernel calls nothing.</summary>
    public int FrameSlot { get; init; }

    /// <summary>The body that holds an instruction.</summary>
    public LinkedBody BodyOf(int instruction)
    {
        int low = 0, high = Bodies.Length - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (instruction < Bodies[middle].EndInstruction)
                high = middle;
            else
                low = middle + 1;
        }
        return Bodies[low];
    }

    /// <summary>Name of a register by its number in the program.</summary>
    public string RegisterName(int number)
    {
        var body = Bodies.Last(candidate => candidate.FirstRegister <= number);
        return body.Body.Registers[number - body.FirstRegister].Name;
    }

    public PtxEntry Entry { get; }

    public BlockInfo* Blocks { get; }

    public int BlockCount { get; }

    /// <summary>Bytes of one warp's register file.</summary>
    public int RegisterBytes { get; init; }

    /// <summary>A 64-bit slot for handlers that need room for addresses.</summary>
    public int ScratchSlot { get; init; }

    public required IReadOnlyList<SpecialSlot> Specials { get; init; }

    public required IReadOnlyList<ConstantSlot> Constants { get; init; }

    public required GenericHandlers[] GenericHandlers { get; init; }

    /// <summary>True when a register may be read before it is written: then register files start as zeros in every block.</summary>
    public bool NeedsClearRegisters { get; init; }

    /// <summary>Observed memory instructions.</summary>
    public required AccessInfo[] Accesses { get; init; }

    /// <summary>Warp matrix products.</summary>
    public MatrixProduct[] Matrices { get; init; } = [];

    /// <summary>How values nobody wrote spread, under <see cref="ObserverSet.Initialised"/>.</summary>
    public ValidityFlow[] Flows { get; init; } = [];

    /// <summary>Registers that may hold what was computed or loaded from what nobody wrote.</summary>
    public IReadOnlySet<int> Carried { get; init; } = new HashSet<int>();

    /// <summary>True when a strong load or an atomic decides a branch: the kernel may wait for what other threads write.</summary>
    public bool WaitsForOthers { get; init; }

    /// <summary>True when a loop may go on until a load, strong or not, finds what another block writes.</summary>
    public bool MaySpin { get; init; }

    /// <summary>True when the kernel orders accesses by more than barriers of whole blocks.</summary>
    public bool OrdersPartly { get; init; }

    public required ObserverSet Observers { get; init; }

    /// <summary>Forgets the allocations that operations remember when the table of allocations is another one.</summary>
    public void UseTable(MemoryTable table)
    {
        if (ReferenceEquals(_table, table))
            return;
        _table = table;
        for (int i = 0; i < _opCount; i++)
            _ops[i].Hit = 0;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_ops);
        NativeMemory.AlignedFree(Blocks);
    }
}
