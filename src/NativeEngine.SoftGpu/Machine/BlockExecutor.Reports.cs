namespace NativeEngine.SoftGpu;

/// <content>Faults and findings with their places, and the slow path of address checks.</content>
internal sealed unsafe partial class BlockExecutor
{
    /// <summary>Records a finding of a lane; the launch goes on.</summary>
    public void Report(FindingKind kind, Warp w, int instruction, int lane, string message) =>
        Launch.Add(new Finding(kind, message, PlaceOf(instruction, w.Index * 32 + lane)));

    /// <summary>PTX line of an instruction.</summary>
    public int LineOf(int instruction) => (uint)instruction < (uint)Program.Instructions.Length ? Program.Instructions[instruction].Line : Program.Entry.Line;

    /// <summary>The place of an instruction executed by a thread of the running block.</summary>
    public FindingPlace PlaceOf(int instruction, int thread)
    {
        var entry = Program.Entry;
        var position = Launch.Block.At(thread);
        if ((uint)instruction >= (uint)Program.Instructions.Length)
            return new FindingPlace(entry.Name, BlockPosition, position, Program.Module.File, entry.Line, "", "", 0);
        var text = Program.Instructions[instruction];
        var body = Program.BodyOf(instruction);
        Program.Module.SourceFiles.TryGetValue(text.SourceFile, out string? source);
        return new FindingPlace(entry.Name, BlockPosition, position, Program.Module.File, text.Line, text.ToString(), source ?? "", text.SourceLine)
        {
            Function = body.IsFunction ? body.Body.Name : "",
        };
    }

    /// <summary>Finds the allocation that holds an access and remembers it in the operation; faults when there is none.</summary>
    public void FindRange(Op* o, ulong address, int size, int lane, bool write, out ulong start, out ulong end)
    {
        var table = Launch.Table;
        int index = table.IndexAtOrBefore(address);
        var allocation = table.At(index);
        bool inside = allocation is not null && address < allocation.End && allocation.End - address >= (ulong)size;
        if (inside && !allocation!.IsFreed && !(write && allocation.IsReadOnly))
        {
            o->Hit = index + 1;
            start = allocation.Address;
            end = allocation.End;
            return;
        }
        string where = Launch.Memory.Describe(address);
        var kind = inside && allocation!.IsFreed ? FindingKind.UseAfterFree : inside ? FindingKind.WriteToConstant : FindingKind.OutOfBounds;
        throw new MachineFault(kind, o->Instruction, lane, $"{AccessText.Of(write, size)} at address 0x{address:x}, {where}");
    }

    /// <summary>The host's pointer to bytes at a generic address of a lane; a fault where they are not its to read.</summary>
    public byte* HostPointer(Op* o, Warp w, int lane, ulong address, int size)
    {
        var space = Windows.SpaceOf(address);
        ulong offset = address - Windows.BaseOf(space);
        var (start, bytes) = space switch
        {
            PtxSpace.Shared => ((nint)w.Shared, w.SharedBytes),
            PtxSpace.Local => ((nint)(w.Local + (ulong)lane * w.LocalBytes), w.LocalBytes),
            PtxSpace.Param => ((nint)w.Parameters, w.ParameterBytes),
            _ => (0, ulong.MaxValue),
        };
        if (start == 0 && space is not (PtxSpace.Shared or PtxSpace.Local or PtxSpace.Param))
            FindRange(o, address, size, lane, false, out _, out _);
        else if (offset >= bytes || bytes - offset < (ulong)size)
            throw new MachineFault(FindingKind.OutOfBounds, o->Instruction, lane,
                $"{AccessText.Of(false, size)} at {space.ToString().ToLowerInvariant()} address {offset}, which has {bytes} bytes");
        return (byte*)start + offset;
    }

    /// <summary>True when a global address lies in a constant variable.</summary>
    public bool IsConstant(ulong address)
    {
        var allocation = Launch.Table.At(Launch.Table.IndexAtOrBefore(address));
        return allocation is { IsReadOnly: true } && address < allocation.End;
    }
}
