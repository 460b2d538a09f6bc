using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <content>
/// Races: two accesses to a word by different threads, one of them a write, not both strong, with nothing between them that orders them. Barriers
/// order threads of a block, warp synchronisations lanes of a warp, and a fence before an atomic that another block's atomic at the same address sees
/// orders the blocks.
/// </content>
internal sealed unsafe partial class ObserverState
{
    private const int PageWords = 1024;

    private readonly AccessCell[] _sharedCells;
    private readonly Dictionary<ulong, AccessCell[]> _pages = [];
    private readonly Dictionary<ulong, Dictionary<long, int>> _released = [];
    private readonly HashSet<ulong> _acquired = [];
    private ulong _lastPageNumber = ulong.MaxValue;
    private AccessCell[] _lastPage = [];
    private int _segment = 1;
    private int _published;

    /// <summary>A fence: what the block wrote up to now is published by its next atomic.</summary>
    public void Fence() => _published = _segment++;

    private void CheckSharedRace(Op* o, Warp w, byte* r, int lane, int address, AccessInfo info)
    {
        for (int at = 0; at < info.Bytes; at += 4)
            Check(o, w, lane, ref _sharedCells[(address + at) / 4], BytesOf(address, info.Bytes), info, FindingKind.SharedRace, (ulong)(address + at), StoredBits(o, r, lane, at / 4, info));
    }

    private void CheckGlobalRace(Op* o, Warp w, byte* r, int lane, ulong address, AccessInfo info)
    {
        if (info.Kind == AccessKind.Atomic || info.IsStrong)
            Synchronise(address, info);
        for (ulong at = address; at < address + (ulong)info.Bytes; at += 4)
        {
            ref var cell = ref CellAt(at);
            CheckNonCoherent(o, w, lane, ref cell, at, info);
            Check(o, w, lane, ref cell, BytesOf((long)address, info.Bytes), info, FindingKind.GlobalRace, at, StoredBits(o, r, lane, (int)(at - address) / 4, info));
        }
    }

    private ref AccessCell CellAt(ulong address)
    {
        ulong word = address / 4, page = word / PageWords;
        if (page != _lastPageNumber)
        {
            if (!_pages.TryGetValue(page, out var cells))
                _pages[page] = cells = new AccessCell[PageWords];
            _lastPage = cells;
            _lastPageNumber = page;
        }
        return ref _lastPage[word % PageWords];
    }

    /// <summary>Bytes touched inside a word: all four for accesses of a word and more.</summary>
    private static byte BytesOf(long address, int bytes) => bytes >= 4 ? (byte)15 : (byte)(((1 << bytes) - 1) << (int)(address & 3));

    /// <summary>Atomics publish what the block fenced before, and see what others published at the address.</summary>
    private void Synchronise(ulong address, AccessInfo info)
    {
        if (info.Kind != AccessKind.Read && _published > 0)
        {
            if (!_released.TryGetValue(address, out var clocks))
                _released[address] = clocks = [];
            clocks[Executor.BlockIndex] = _published;
        }
        if (info.Kind != AccessKind.Write)
            _acquired.Add(address);
    }

    private void CheckNonCoherent(Op* o, Warp w, int lane, ref AccessCell cell, ulong address, AccessInfo info)
    {
        if (info.IsNonCoherent)
        {
            if (cell.Write.Block != 0 && Executor.Launch.IsNew(FindingKind.NonCoherentRead, Executor.LineOf(o->Instruction)))
            {
                Executor.Report(
                    FindingKind.NonCoherentRead, w, o->Instruction, lane,
                    $"non-coherent read of address 0x{address:x}, which line {Executor.LineOf(cell.Write.Instruction)} wrote in the same launch");
            }
            cell.WasReadNonCoherently = true;
            cell.NonCoherentInstruction = o->Instruction;
        }
        else if (info.Kind != AccessKind.Read && cell.WasReadNonCoherently && Executor.Launch.IsNew(FindingKind.NonCoherentRead, Executor.LineOf(o->Instruction)))
        {
            Executor.Report(
                FindingKind.NonCoherentRead, w, o->Instruction, lane,
                $"write to address 0x{address:x}, which line {Executor.LineOf(cell.NonCoherentInstruction)} reads non-coherently in the same launch");
        }
    }

    private void Check(Op* o, Warp w, int lane, ref AccessCell cell, byte bytes, AccessInfo info, FindingKind kind, ulong address, uint? stored)
    {
        var now = new AccessMark
        {
            Block = Executor.BlockIndex + 1,
            Lanes = 1u << lane,
            Warp = w.Index,
            BarrierEpoch = Executor.BarrierEpoch,
            SyncEpoch = w.SyncEpoch,
            Segment = _segment,
            Instruction = o->Instruction,
            Bytes = bytes,
            IsStrong = info.IsStrong,
            Value = stored ?? 0,
            HasValue = stored is not null,
        };
        if (info.Kind == AccessKind.Read)
        {
            if (Conflicts(cell.Write, now))
                ReportRace(o, w, lane, kind, "read of", address, "written", cell.Write);
            Merge(ref cell, now);
            return;
        }
        if (Conflicts(cell.Write, now) && !StoresTheSame(cell.Write, now))
            ReportRace(o, w, lane, kind, "write to", address, "written", cell.Write);
        else if (Conflicts(cell.Read, now))
            ReportRace(o, w, lane, kind, "write to", address, "read", cell.Read);
        else if (Conflicts(cell.OtherRead, now))
            ReportRace(o, w, lane, kind, "write to", address, "read", cell.OtherRead);
        cell.Write = SameMoment(cell.Write, now) ? now with { Lanes = now.Lanes | cell.Write.Lanes, Bytes = (byte)(now.Bytes | cell.Write.Bytes) } : now;
    }

    private static bool SameMoment(in AccessMark a, in AccessMark b) =>
        a.Block == b.Block && a.Warp == b.Warp && a.BarrierEpoch == b.BarrierEpoch && a.SyncEpoch == b.SyncEpoch && a.IsStrong == b.IsStrong;

    private static void Merge(ref AccessCell cell, AccessMark now)
    {
        if (SameMoment(cell.Read, now))
        {
            now.Lanes |= cell.Read.Lanes;
            now.Bytes |= cell.Read.Bytes;
        }
        else if (cell.Read.Block != now.Block || cell.Read.Warp != now.Warp)
        {
            cell.OtherRead = cell.Read;
        }
        cell.Read = now;
    }

    private bool Conflicts(in AccessMark before, in AccessMark now)
    {
        if (before.Block == 0 || (before.Bytes & now.Bytes) == 0 || (before.IsStrong && now.IsStrong))
            return false;
        if (before.Block != now.Block)
            return !IsPublished(before);
        if (before.BarrierEpoch != now.BarrierEpoch)
            return false;
        if (before.Warp != now.Warp)
            return true;
        return before.SyncEpoch == now.SyncEpoch && (before.Lanes & ~now.Lanes) != 0;
    }

    /// <summary>True when the running block has seen an atomic that published the other block's access.</summary>
    private bool IsPublished(in AccessMark before)
    {
        foreach (ulong address in _acquired)
        {
            if (_released.TryGetValue(address, out var clocks) && clocks.TryGetValue(before.Block - 1, out int segment) && segment >= before.Segment)
                return true;
        }
        return false;
    }

    /// <summary>The bits a plain store puts into word number <paramref name="part"/> of the access, or null.</summary>
    private static uint? StoredBits(Op* o, byte* r, int lane, int part, AccessInfo info)
    {
        if (info.Kind != AccessKind.Write || info.Elements != 1)
            return null;
        return info.ElementBytes == 8 ? ((uint*)(r + o->D))[2 * lane + part] : ((uint*)(r + o->D))[lane] & (uint.MaxValue >> (32 - 8 * info.ElementBytes));
    }

    /// <summary>Threads may all store the same value, as kernels do that raise a flag.</summary>
    private static bool StoresTheSame(in AccessMark before, in AccessMark now) =>
        before.HasValue && now.HasValue && before.Value == now.Value && before.Bytes == now.Bytes;

    private void ReportRace(Op* o, Warp w, int lane, FindingKind kind, string what, ulong address, string verb, in AccessMark other)
    {
        int line = Executor.LineOf(o->Instruction);
        if (!Executor.Launch.IsNew(kind, line))
            return;
        int thread = other.Warp * 32 + BitOperations.TrailingZeroCount(other.Block == Executor.BlockIndex + 1 && other.Warp == w.Index ? other.Lanes & ~(1u << lane) : other.Lanes);
        string where = kind == FindingKind.SharedRace ? $"shared address {address}" : $"address 0x{address:x}";
        string who = other.Block == Executor.BlockIndex + 1
            ? $"thread {Executor.Launch.Block.At(thread)}"
            : $"block {Executor.Launch.Grid.At(other.Block - 1)} thread {Executor.Launch.Block.At(thread)}";
        Executor.Report(kind, w, o->Instruction, lane, $"{what} {where}, which {who} has {verb} in line {Executor.LineOf(other.Instruction)} with no synchronisation between");
    }
}
