using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <content>
/// Races: two accesses to a word by different threads, one of them a write, not both strong, with nothing between them that orders them. Barriers
/// order threads of a block, warp synchronisations lanes of a warp, and a fence before an atomic that another block's atomic at the same address sees
/// orders the blocks.
/// </content>
internal sealed unsafe partial class ObserverState
{
    private readonly AccessCell[] _sharedCells;
    private readonly MomentLog _sharedMoments; // of the running block
    private readonly MomentLog _globalMoments; // of the launch
    private readonly AccessPages _pages;
    private readonly Dictionary<ulong, Dictionary<long, int>> _released = [];
    private readonly HashSet<ulong> _acquired = [];
    private int _segment = 1;
    private int _published;

    /// <summary>A fence: what the block wrote up to now is published by its next atomic.</summary>
    public void Fence() => _published = _segment++;

    private AccessMoment Now(Op* o, Warp w, AccessInfo info) => new()
    {
        Block = Executor.BlockIndex,
        Warp = w.Index,
        BarrierEpoch = Executor.BarrierEpoch,
        SyncEpoch = w.SyncEpoch,
        Segment = _segment,
        Instruction = o->Instruction,
        IsStrong = info.IsStrong,
        IsPlainStore = info.Kind == AccessKind.Write && info.Elements == 1,
    };

    private void CheckSharedRaces(Op* o, Warp w, byte* r, AccessPiece piece, uint id, uint mask, ulong* addresses, AccessInfo info)
    {
        var race = new RaceCheck(o, w, r, mask, addresses, info, id, _sharedMoments, FindingKind.SharedRace, (ulong)w.Shared);
        CheckWords(race, piece, 0, _sharedCells.AsSpan((int)(piece.Address / 4), (piece.Bytes + 3) / 4));
    }

    private void CheckGlobalRaces(Op* o, Warp w, byte* r, AccessPiece piece, uint id, uint mask, ulong* addresses, AccessInfo info)
    {
        if (info.IsStrong)
        {
            for (uint rest = piece.Lanes; rest != 0; rest &= rest - 1)
                Synchronise(addresses[BitOperations.TrailingZeroCount(rest)], info);
        }
        var race = new RaceCheck(o, w, r, mask, addresses, info, id, _globalMoments, FindingKind.GlobalRace, 0);
        for (int at = 0; at < piece.Bytes;)
        {
            var page = _pages.PageOf(piece.Address + (ulong)at);
            int place = AccessPages.PlaceOf(piece.Address + (ulong)at);
            int words = Math.Min((piece.Bytes - at + 3) / 4, AccessPages.Words - place);
            CheckWords(race, piece, at, page.AsSpan(place, words));
            at += 4 * words;
        }
    }

    /// <summary>Looks at words of a piece, from byte <paramref name="at"/> of it, and adds the access to their histories.</summary>
    private void CheckWords(in RaceCheck race, in AccessPiece piece, int at, Span<AccessCell> cells)
    {
        var info = race.Info;
        int first = BitOperations.TrailingZeroCount(piece.Lanes), shift = BitOperations.Log2((uint)info.Bytes);
        var now = new AccessMark { Id = race.Id | BytesOf(piece.Address, info.Bytes), Lanes = piece.Lanes };
        for (int i = 0; i < cells.Length; i++)
        {
            ref var cell = ref cells[i];
            int offset = at + 4 * i;
            if (piece.IsRun)
                now.Lanes = 1u << (first + (offset >> shift));
            if (info.Kind == AccessKind.Read)
            {
                if (cell.Write.Id != 0 || info.IsNonCoherent)
                    CheckRead(race, now, ref cell, piece.Address + (ulong)offset);
                if (cell.Read.Id == now.Id)
                    cell.Read.Lanes |= now.Lanes;
                else if (cell.Read.Id == 0)
                    cell.Read = now;
                else
                    Merge(race.Moments, ref cell, now);
            }
            else if (cell.Write.Id == 0 && cell.Read.Id == 0)
            {
                cell.Write = now;
            }
            else
            {
                CheckWrite(race, now, ref cell, piece.Address + (ulong)offset);
            }
        }
    }

    /// <summary>Bytes touched inside a word: all four for accesses of a word and more.</summary>
    private static uint BytesOf(ulong address, int bytes) => bytes >= 4 ? 15 : ((1u << bytes) - 1) << (int)(address & 3);

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

    private void CheckRead(in RaceCheck race, AccessMark now, ref AccessCell cell, ulong address)
    {
        if (race.Info.IsNonCoherent)
        {
            int instruction = race.Op->Instruction;
            if (cell.Write.Id != 0 && Executor.Launch.IsNew(FindingKind.NonCoherentRead, Executor.LineOf(instruction)))
            {
                Executor.Report(
                    FindingKind.NonCoherentRead, race.Warp, instruction, BitOperations.TrailingZeroCount(now.Lanes),
                    $"non-coherent read of address 0x{address:x}, which line {Executor.LineOf(race.Moments[cell.Write.Id].Instruction)} wrote in the same launch");
            }
            cell.NonCoherent = instruction + 1;
        }
        for (uint rest = now.Lanes; rest != 0; rest &= rest - 1)
        {
            uint lane = rest & ~(rest - 1);
            if (Conflicts(race.Moments, cell.Write, now with { Lanes = lane }))
                ReportRace(race, lane, "read of", address, "written", cell.Write);
        }
    }

    private void CheckWrite(in RaceCheck race, AccessMark now, ref AccessCell cell, ulong address)
    {
        if (cell.NonCoherent != 0 && Executor.Launch.IsNew(FindingKind.NonCoherentRead, Executor.LineOf(race.Op->Instruction)))
        {
            Executor.Report(
                FindingKind.NonCoherentRead, race.Warp, race.Op->Instruction, BitOperations.TrailingZeroCount(now.Lanes),
                $"write to address 0x{address:x}, which line {Executor.LineOf(cell.NonCoherent - 1)} reads non-coherently in the same launch");
        }
        if (Conflicts(race.Moments, cell.Write, now) && !StoresTheSame(race, cell.Write, now, address))
            ReportRace(race, now.Lanes, "write to", address, "written", cell.Write);
        else if (Conflicts(race.Moments, cell.Read, now))
            ReportRace(race, now.Lanes, "write to", address, "read", cell.Read);
        else if (Conflicts(race.Moments, cell.OtherRead, now))
            ReportRace(race, now.Lanes, "write to", address, "read", cell.OtherRead);
        cell.Write = SameMoment(race.Moments, cell.Write, now) ? Joined(cell.Write, now) : now;
    }

    private static bool SameMoment(MomentLog moments, AccessMark a, AccessMark b)
    {
        if (a.Id >> 4 == b.Id >> 4)
            return true;
        if (a.Id == 0)
            return false;
        ref readonly var x = ref moments[a.Id];
        ref readonly var y = ref moments[b.Id];
        return x.Block == y.Block && x.Warp == y.Warp && x.BarrierEpoch == y.BarrierEpoch && x.SyncEpoch == y.SyncEpoch && x.IsStrong == y.IsStrong;
    }

    private static AccessMark Joined(AccessMark before, AccessMark now) => new() { Id = now.Id | before.Bytes, Lanes = now.Lanes | before.Lanes };

    private static void Merge(MomentLog moments, ref AccessCell cell, AccessMark now)
    {
        if (SameMoment(moments, cell.Read, now))
        {
            cell.Read = Joined(cell.Read, now);
            return;
        }
        ref readonly var before = ref moments[cell.Read.Id];
        ref readonly var moment = ref moments[now.Id];
        if (before.Block != moment.Block || before.Warp != moment.Warp)
            cell.OtherRead = cell.Read;
        cell.Read = now;
    }

    /// <summary>Whether an access of one lane conflicts with an earlier one.</summary>
    private bool Conflicts(MomentLog moments, AccessMark before, AccessMark now)
    {
        if (before.Id == 0 || (before.Bytes & now.Bytes) == 0)
            return false;
        ref readonly var then = ref moments[before.Id];
        ref readonly var moment = ref moments[now.Id];
        if (then.IsStrong && moment.IsStrong)
            return false;
        if (then.Block != moment.Block)
            return !IsPublished(then);
        if (then.BarrierEpoch != moment.BarrierEpoch)
            return false;
        if (then.Warp != moment.Warp)
            return true;
        return then.SyncEpoch == moment.SyncEpoch && (before.Lanes & ~now.Lanes) != 0;
    }

    /// <summary>True when the running block has seen an atomic that published the other block's access.</summary>
    private bool IsPublished(in AccessMoment before)
    {
        foreach (ulong address in _acquired)
        {
            if (_released.TryGetValue(address, out var clocks) && clocks.TryGetValue(before.Block, out int segment) && segment >= before.Segment)
                return true;
        }
        return false;
    }

    /// <summary>Threads may all store the same value, as kernels do that raise a flag. What was stored before still lies in memory.</summary>
    private static bool StoresTheSame(in RaceCheck race, AccessMark before, AccessMark now, ulong address)
    {
        if (!race.Moments[before.Id].IsPlainStore || !race.Moments[now.Id].IsPlainStore || before.Bytes != now.Bytes)
            return false;
        int lane = BitOperations.TrailingZeroCount(now.Lanes), part = (int)(address - race.Addresses[lane]) / 4;
        uint value = race.StoredBits(lane, part);
        // A lower lane of the very same access comes first, and its store has not happened yet.
        for (int other = lane - 1; other >= 0; other--)
        {
            if ((race.Mask >> other & 1) != 0 && race.Addresses[other] == race.Addresses[lane])
                return value == race.StoredBits(other, part);
        }
        byte* stored = (byte*)(race.Memory + address);
        return race.Info.ElementBytes switch
        {
            1 => *stored == (byte)value,
            2 => *(ushort*)stored == (ushort)value,
            _ => *(uint*)stored == value,
        };
    }

    private void ReportRace(in RaceCheck race, uint lane, string what, ulong address, string verb, AccessMark before)
    {
        int instruction = race.Op->Instruction, line = Executor.LineOf(instruction);
        if (!Executor.Launch.IsNew(race.Kind, line))
            return;
        var other = race.Moments[before.Id];
        bool sameBlock = other.Block == Executor.BlockIndex;
        uint lanes = sameBlock && other.Warp == race.Warp.Index ? before.Lanes & ~lane : before.Lanes;
        int thread = other.Warp * 32 + BitOperations.TrailingZeroCount(lanes);
        string where = race.Kind == FindingKind.SharedRace ? $"shared address {address}" : $"address 0x{address:x}";
        string who = sameBlock ? $"thread {Executor.Launch.Block.At(thread)}" : $"block {Executor.Launch.Grid.At(other.Block)} thread {Executor.Launch.Block.At(thread)}";
        Executor.Report(
            race.Kind, race.Warp, instruction, BitOperations.TrailingZeroCount(lane),
            $"{what} {where}, which {who} has {verb} in line {Executor.LineOf(other.Instruction)} with no synchronisation between");
    }

    /// <summary>One access on its way through the race checks.</summary>
    private readonly ref struct RaceCheck(Op* op, Warp warp, byte* registers, uint mask, ulong* addresses, AccessInfo info, uint id, MomentLog moments, FindingKind kind, ulong memory)
    {
        public readonly Op* Op = op;
        public readonly Warp Warp = warp;
        public readonly uint Mask = mask;
        public readonly ulong* Addresses = addresses;
        public readonly AccessInfo Info = info;

        /// <summary>Its moment.</summary>
        public readonly uint Id = id;
        public readonly MomentLog Moments = moments;
        public readonly FindingKind Kind = kind;

        /// <summary>Where address 0 of the space lies on the host.</summary>
        public readonly ulong Memory = memory;
        private readonly byte* _registers = registers;

        /// <summary>The bits a lane's plain store puts into word number <paramref name="part"/> of its access.</summary>
        public uint StoredBits(int lane, int part)
        {
            var values = (uint*)(_registers + Op->D);
            return Info.ElementBytes == 8 ? values[2 * lane + part] : values[lane] & (uint.MaxValue >> (32 - 8 * Info.ElementBytes));
        }
    }
}
