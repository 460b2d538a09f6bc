namespace NativeEngine.SoftGpu;

/// <content>Faults and findings with their places, and the slow path of address checks.</content>
internal sealed unsafe partial class BlockExecutor
{
    /// <summary>Records a finding of a lane; the launch goes on.</summary>
    public void Report(FindingKind kind, Warp w, int instruction, int lane, string message) =>
        Launch.Add(new Finding(kind, message, PlaceOf(instruction, w.Index * 32 + lane)));

    /// <summary>PTX line of an instruction.</summary>
    public int LineOf(int instruction) => (uint)instruction < (uint)Program.Entry.Instructions.Count ? Program.Entry.Instructions[instruction].Line : Program.Entry.Line;

    /// <summary>The place of an instruction executed by a thread of the running block.</summary>
    public FindingPlace PlaceOf(int instruction, int thread)
    {
        var entry = Program.Entry;
        var position = Launch.Block.At(thread);
        if ((uint)instruction >= (uint)entry.Instructions.Count)
            return new FindingPlace(entry.Name, BlockPosition, position, Program.Module.File, entry.Line, "", "", 0);
        var text = entry.Instructions[instruction];
        Program.Module.SourceFiles.TryGetValue(text.SourceFile, out string? source);
        return new FindingPlace(entry.Name, BlockPosition, position, Program.Module.File, text.Line, text.ToString(), source ?? "", text.SourceLine);
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

    /// <summary>True when a global address lies in a constant variable.</summary>
    public bool IsConstant(ulong address)
    {
        var allocation = Launch.Table.At(Launch.Table.IndexAtOrBefore(address));
        return allocation is { IsReadOnly: true } && address < allocation.End;
    }
}
