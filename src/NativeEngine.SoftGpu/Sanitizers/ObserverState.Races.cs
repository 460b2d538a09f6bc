using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <content>
/// Races, as PTX's memory model has them: two accesses to a byte by different threads, one of them a write, that nothing orders, unless both are
/// strong, reach each other by their scopes and have the same size. Lanes of one warp are threads like others. Two volatile accesses race too, as
/// nothing else in a kernel tells data kept in volatile memory from a flag, unless the value read decides a branch: that is a flag.
/// </content>
internal sealed unsafe partial class ObserverState
{
    private readonly BlockOrder _order;
    private readonly AccessCell[] _sharedCells;
    private readonly AccessHistory _sharedHistory; // of the running block
    private readonly AccessHistory _globalHistory; // of the launch
    private readonly AccessPages _pages;

    private uint IdOf(AccessHistory history, Op* o, Warp w, AccessInfo info) =>
        history.Moments.IdOf(o->N, Executor.BlockIndex, w.Index, _order.ClockOf(w.Index), o->Instruction, info);

    private void CheckSharedRaces(Op* o, Warp w, byte* r, AccessPiece piece, uint mask, ulong* addresses, AccessInfo info)
    {
        var race = new RaceCheck(o, w, r, mask, addresses, info, _sharedHistory, FindingKind.SharedRace, (ulong)w.Shared);
        Observe(race, piece);
        CheckWords(race, piece, IdOf(_sharedHistory, o, w, info), 0,
            _sharedCells.AsSpan((int)(piece.Address / 4), (int)((piece.Address + (ulong)piece.Bytes + 3) / 4 - piece.Address / 4)));
        Tell(race, piece);
    }

    private void CheckGlobalRaces(Op* o, Warp w, byte* r, AccessPiece piece, uint mask, ulong* addresses, AccessInfo info)
    {
        var race = new RaceCheck(o, w, r, mask, addresses, info, _globalHistory, FindingKind.GlobalRace, 0);
        Observe(race, piece);
        uint id = IdOf(_globalHistory, o, w, info);
        for (int at = 0; at < piece.Bytes;)
        {
            var page = _pages.PageOf(piece.Address + (ulong)at);
            int place = AccessPages.PlaceOf(piece.Address + (ulong)at);
            int words = Math.Min((piece.Bytes - at + 3) / 4, AccessPages.Words - place);
            CheckWords(race, piece, id, at, page.AsSpan(place, words));
            at += 4 * words;
        }
        Tell(race, piece);
    }

    /// <summary>Looks at words of a piece, from byte <paramref name="at"/> of it, and adds the access to their histories.</summary>
    private void CheckWords(in RaceCheck race, in AccessPiece piece, uint id, int at, Span<AccessCell> cells)
    {
        var info = race.Info;
        int first = BitOperations.TrailingZeroCount(piece.Lanes), shift = BitOperations.Log2((uint)info.Bytes);
        var now = new AccessMark { Id = id | BytesOf(piece.Address, info.Bytes), Lanes = piece.Lanes };
        for (int i = 0; i < cells.Length; i++)
        {
            ref var cell = ref cells[i];
            int offset = at + 4 * i;
            if (piece.IsRun)
                now.Lanes = 1u << (first + (offset >> shift));
            ulong address = piece.Address + (ulong)offset;
            if (info.Kind == AccessKind.Read)
            {
                if (cell.Write.Id != 0 || info.IsNonCoherent)
                    CheckRead(race, now, ref cell, address);
                if (cell.Read.Id == now.Id)
                    cell.Read.Lanes |= now.Lanes;
                else if (cell.Read.Id == 0)
                    cell.Read = now;
                else
                    Remember(race, now, ref cell.Read, ref cell.Reads);
            }
            else if (cell.Write.Id == 0 && cell.Read.Id == 0)
            {
                cell.Write = now;
            }
            else
            {
                CheckWrite(race, now, ref cell, address);
            }
        }
    }

    /// <summary>Bytes touched inside a word: all four for accesses of a word and more.</summary>
    private static uint BytesOf(ulong address, int bytes) => bytes >= 4 ? 15 : ((1u << bytes) - 1) << (int)(address & 3);

    private void CheckRead(in RaceCheck race, AccessMark now, ref AccessCell cell, ulong address)
    {
        if (race.Info.IsNonCoherent)
        {
            int instruction = race.Op->Instruction;
            if (cell.Write.Id != 0 && Executor.Launch.IsNew(FindingKind.NonCoherentRead, Executor.LineOf(instruction)))
            {
                Executor.Report(
                    FindingKind.NonCoherentRead, race.Warp, instruction, BitOperations.TrailingZeroCount(now.Lanes),
                    $"non-coherent read of address 0x{address:x}, which line {Executor.LineOf(race.Moments[cell.Write.Id].Instruction)} wrote in the "
                        + "same launch");
            }
            cell.NonCoherent = instruction + 1;
        }
        Meet(race, cell.Write, now, address);
        for (int node = cell.Writes; node != 0; node = race.History[node].Next)
            Meet(race, race.History[node].Mark, now, address);
    }

    private void CheckWrite(in RaceCheck race, AccessMark now, ref AccessCell cell, ulong address)
    {
        if (cell.NonCoherent != 0 && Executor.Launch.IsNew(FindingKind.NonCoherentRead, Executor.LineOf(race.Op->Instruction)))
        {
            Executor.Report(
                FindingKind.NonCoherentRead, race.Warp, race.Op->Instruction, BitOperations.TrailingZeroCount(now.Lanes),
                $"write to address 0x{address:x}, which line {Executor.LineOf(cell.NonCoherent - 1)} reads non-coherently in the same launch");
        }
        Meet(race, cell.Write, now, address);
        for (int node = cell.Writes; node != 0; node = race.History[node].Next)
            Meet(race, race.History[node].Mark, now, address);
        Meet(race, cell.Read, now, address);
        for (int node = cell.Reads; node != 0; node = race.History[node].Next)
            Meet(race, race.History[node].Mark, now, address);
        if (!race.Info.IsStrong && now.Bytes == 15)
        {
            // Who races with one of the reads races with this write too, or the read has raced with it just now.
            cell.Read = default;
            race.History.RemoveAll(ref cell.Reads);
        }
        if (cell.Write.Id == 0)
            cell.Write = now;
        else
            Remember(race, now, ref cell.Write, ref cell.Writes);
    }

    /// <summary>Reports the two accesses when they race.</summary>
    private void Meet(in RaceCheck race, AccessMark before, AccessMark now, ulong address)
    {
        if (before.Id == 0 || (before.Bytes & now.Bytes) == 0)
            return;
        ref readonly var then = ref race.Moments[before.Id];
        var info = race.Info;
        if (then.Access.IsStrong && info.IsStrong && Reach(then, info) && !AreVolatileData(then.Access, info))
            return;
        int warp = race.Warp.Index;
        bool sameWarp = then.Warp == warp && then.Block == Executor.BlockIndex;
        for (uint rest = now.Lanes; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            uint others = sameWarp ? before.Lanes & ~(1u << lane) : before.Lanes;
            if (others == 0)
                continue;
            var view = _order.ViewOf(warp, lane);
            if (view.Covers(Executor.BlockIndex, then, others, info.IsStrong))
            {
                if (_order.IsUniform(warp) && !sameWarp)
                    return;
                continue;
            }
            if (IsExcused(race, before, now, address, lane, view))
                continue;
            ReportRace(race, lane, address, then, others);
            return;
        }
    }

    /// <summary>Whether two strong accesses are for each other: their scopes reach the other's thread, and their elements are the same.</summary>
    private bool Reach(in AccessMoment then, AccessInfo info) =>
        then.Access.ElementBytes == info.ElementBytes
        && (then.Block == Executor.BlockIndex || (then.Access.Scope == MemoryScope.Device && info.Scope == MemoryScope.Device));

    /// <summary>Two volatile accesses of which none is known to be for a flag.</summary>
    private bool AreVolatileData(AccessInfo then, AccessInfo info)
    {
        if (!then.IsVolatile || !info.IsVolatile)
            return false;
        bool bothWrite = then.Kind == AccessKind.Write && info.Kind == AccessKind.Write;
        return bothWrite ? !Executor.Program.WaitsForOthers : !then.Decides && !info.Decides;
    }

    /// <summary>Threads may store the same value, and may plainly reset what they have read by a strong read.</summary>
    private bool IsExcused(in RaceCheck race, AccessMark before, AccessMark now, ulong address, int lane, ThreadView view)
    {
        var then = race.Moments[before.Id].Access;
        if (StoresTheSame(race, before, now, address))
            return true;
        return then.IsStrong && then.Kind != AccessKind.Read && race.History.Points.TryGetValue(race.Addresses[lane], out var point)
            && point.IsReadBefore(Executor.BlockIndex, race.Warp.Index, lane, view);
    }

    /// <summary>Threads may all store the same value, as kernels do that raise a flag. What was stored before still lies in memory.</summary>
    private static bool StoresTheSame(in RaceCheck race, AccessMark before, AccessMark now, ulong address)
    {
        if (!race.Moments[before.Id].Access.IsOneValue || !race.Info.IsOneValue || before.Bytes != now.Bytes)
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

    private void ReportRace(in RaceCheck race, int lane, ulong address, in AccessMoment then, uint others)
    {
        int instruction = race.Op->Instruction, line = Executor.LineOf(instruction);
        if (!Executor.Launch.IsNew(race.Kind, line))
            return;
        int thread = then.Warp * 32 + BitOperations.TrailingZeroCount(others);
        string what = race.Info.Kind == AccessKind.Read ? "read of" : "write to", verb = then.Access.Kind == AccessKind.Read ? "read" : "written";
        string where = race.Kind == FindingKind.SharedRace ? $"shared address {address}" : $"address 0x{address:x}";
        string who = then.Block == Executor.BlockIndex ? $"thread {Executor.Launch.Block.At(thread)}"
            : $"block {Executor.Launch.Grid.At(then.Block)} thread {Executor.Launch.Block.At(thread)}";
        string why = !then.Access.IsStrong || !race.Info.IsStrong ? ""
            : then.Access.ElementBytes != race.Info.ElementBytes ? "; atomic and volatile accesses of different sizes are not atomic to each other"
            : Reach(then, race.Info) ? "; volatile accesses order nothing" : "; the scope of one of them does not reach the other's block";
        Executor.Report(
            race.Kind, race.Warp, instruction, lane,
                $"{what} {where}, which {who} has {verb} in line {Executor.LineOf(then.Instruction)} with no synchronisation between{why}");
    }

    /// <summary>One access on its way through the race checks.</summary>
    private readonly ref struct RaceCheck(Op* op, Warp warp, byte* registers, uint mask, ulong* addresses, AccessInfo info, AccessHistory history,
        FindingKind kind, ulong memory)
    {
        public readonly Op* Op = op;
        public readonly Warp Warp = warp;
        public readonly uint Mask = mask;
        public readonly ulong* Addresses = addresses;
        public readonly AccessInfo Info = info;
        public readonly AccessHistory History = history;
        public readonly MomentLog Moments = history.Moments;
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
