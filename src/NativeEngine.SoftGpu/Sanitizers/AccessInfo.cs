namespace NativeEngine.SoftGpu;

internal enum AccessKind : byte
{
    Read,
    Write,
    Atomic,
}

/// <summary>Whom a strong access or a fence reaches. One device has no system beyond it, and a block is its own cluster.</summary>
internal enum MemoryScope : byte
{
    Block,
    Device,
}

/// <summary>What an observed memory instruction does.</summary>
/// <param name="Kind">Read, write or read-modify-write.</param>
/// <param name="Space">Space it was written with; generic is resolved lane by lane.</param>
/// <param name="ElementBytes">Bytes of one element.</param>
/// <param name="Elements">Elements per lane.</param>
internal sealed record AccessInfo(AccessKind Kind, PtxSpace Space, int ElementBytes, int Elements)
{
    public int Bytes => ElementBytes * Elements;

    /// <summary>True for arguments and results of calls, which hardware passes in registers where it can.</summary>
    public bool IsPassed { get; init; }

    /// <summary>A weak access of a number of bytes a lane, by an instruction that makes more than one.</summary>
    public static AccessInfo Plain(AccessKind kind, PtxSpace space, int bytes) => new(kind, space, bytes, 1);

    /// <summary>Volatile, relaxed, acquire, release or atomic: such accesses may meet without a race.</summary>
    public bool IsStrong { get; private init; }

    /// <summary>Whom a strong access reaches.</summary>
    public MemoryScope Scope { get; private init; } = MemoryScope.Device;

    /// <summary>A strong access that is no atomic operation, only kept from the compiler.</summary>
    public bool IsVolatile { get; private init; }

    /// <summary>A load from the stack: what nobody wrote is a finding only where it is used.</summary>
    public bool Defers { get; init; }

    /// <summary>Numbers of the registers that a store takes its elements from, -1 where one is not watched; empty when none is.</summary>
    public int[] Stored { get; init; } = [];

    /// <summary>A store of one value a lane, which its register holds.</summary>
    public bool IsOneValue { get; private init; }

    /// <summary>A load through the read-only path (<c>.nc</c>).</summary>
    public bool IsNonCoherent { get; private init; }

    /// <summary>Makes known at once what strong writes at the address told.</summary>
    public bool Acquires { get; private init; }

    /// <summary>Tells at the address what the thread knows and did.</summary>
    public bool Releases { get; private init; }

    /// <summary>The loaded value decides a branch: it is a flag, and who waits for it expects others to write it.</summary>
    public bool Decides { get; init; }

    /// <summary>True where an access hides nothing of an earlier one: whoever races with that races with this one too, as far as kind and strength
    /// go.</summary>
    public bool Replaces(AccessInfo earlier) =>
        (Kind != AccessKind.Read || earlier.Kind == AccessKind.Read)
        && (!IsStrong || (earlier.IsStrong && Scope <= earlier.Scope && ElementBytes == earlier.ElementBytes && IsVolatile == earlier.IsVolatile
            && Decides == earlier.Decides));

    public static AccessInfo Of(PtxInstruction instruction)
    {
        // Arrivals at an mbarrier release and waits acquire, at the scope of the block, unless they say otherwise.
        bool barrier = instruction.Opcode == "mbarrier" && !instruction.Has("relaxed");
        bool atomic = instruction.Class == InstructionClass.Atomic && instruction.OneOf("init", "inval") is null;
        var kind = atomic ? AccessKind.Atomic : instruction.Opcode is "ld" or "ldu" ? AccessKind.Read : AccessKind.Write;
        return new AccessInfo(kind, PtxParser.SpaceOf(instruction.Modifiers), instruction.Type.Size(), PtxParser.VectorCount(instruction.Modifiers))
        {
            IsStrong = atomic || instruction.OneOf("volatile", "relaxed", "acquire", "release") is not null,
            Scope = barrier ? MemoryScope.Block : ScopeOf(instruction),
            IsVolatile = instruction.Has("volatile"),
            IsOneValue = kind == AccessKind.Write && PtxParser.VectorCount(instruction.Modifiers) == 1,
            IsNonCoherent = instruction.Has("nc"),
            Acquires = instruction.OneOf("acquire", "acq_rel") is not null || (barrier && instruction.OneOf("test_wait", "try_wait") is not null),
            Releases = instruction.OneOf("release", "acq_rel") is not null || (barrier && instruction.OneOf("arrive", "arrive_drop") is not null),
        };
    }

    /// <summary>The scope an instruction is written with; the device where it has none.</summary>
    public static MemoryScope ScopeOf(PtxInstruction instruction) => instruction.OneOf("cta", "cluster") is null ? MemoryScope.Device : MemoryScope.Block;
}
