namespace NativeEngine.SoftGpu;

internal enum AccessKind : byte
{
    Read,
    Write,
    Atomic,
}

/// <summary>What an observed memory instruction does.</summary>
/// <param name="Kind">Read, write or read-modify-write.</param>
/// <param name="Space">Space it was written with; generic is resolved lane by lane.</param>
/// <param name="ElementBytes">Bytes of one element.</param>
/// <param name="Elements">Elements per lane.</param>
/// <param name="IsStrong">Volatile, relaxed, acquire, release or atomic: such accesses may meet without a race.</param>
/// <param name="IsNonCoherent">A load through the read-only path (<c>.nc</c>).</param>
/// <param name="Acquires">Makes visible what others released at the address.</param>
/// <param name="Releases">Publishes earlier writes at the address.</param>
internal sealed record AccessInfo(
    AccessKind Kind, PtxSpace Space, int ElementBytes, int Elements, bool IsStrong, bool IsNonCoherent, bool Acquires, bool Releases)
{
    public int Bytes => ElementBytes * Elements;

    /// <summary>True for arguments and results of calls, which hardware passes in registers where it can.</summary>
    public bool IsPassed { get; init; }

    /// <summary>A weak access of a number of bytes a lane, by an instruction that makes more than one.</summary>
    public static AccessInfo Plain(AccessKind kind, PtxSpace space, int bytes) => new(kind, space, bytes, 1, false, false, false, false);

    public static AccessInfo Of(PtxInstruction instruction)
    {
        bool atomic = instruction.Class == InstructionClass.Atomic;
        var kind = atomic ? AccessKind.Atomic : instruction.Opcode is "ld" or "ldu" ? AccessKind.Read : AccessKind.Write;
        int elements = PtxParser.VectorCount(instruction.Modifiers);
        bool strong = atomic || instruction.OneOf("volatile", "relaxed", "acquire", "release") is not null;
        return new AccessInfo(
            kind,
            PtxParser.SpaceOf(instruction.Modifiers),
            instruction.Type.Size(),
            elements,
            strong,
            instruction.Has("nc"),
            atomic || instruction.Has("acquire"),
            instruction.OneOf("release", "acq_rel") is not null);
    }
}
