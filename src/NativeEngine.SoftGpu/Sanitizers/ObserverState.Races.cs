using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <content>
/// Races, as PTX's memory model has them: two accesses to a byte by different threads, one of them a write, that nothing orders, unless both are
/// strong, reach each other by their scopes and have the same size. Lanes of one warp are threads like others. Two volatile accesses race too, as
/// nothing else in a kernel tells data kept in volatile memory from a flag, unless the value read decides a branch: that is a flag.
/// </content>
internal sealed unsafe partial class ObserverState
{
    /// <summary>Marks of a word that a read looks through before it adds its own; beyond, it may be remembered twice.</summary>
    private const int MostLookedAt = 64;

    private readonly BlockOrder _order;
    private readonly AccessCell[] _sharedCells;
    private readonly AccessHistory _sharedHistory; // of the running block
    private readonly AccessHistory _globalHistory; // of the launch
    private readonly AccessPages _pages;

    public void Fence(Warp w, uint mask, MemoryScope scope) => _order.Fence(w, mask, scope);

    public void WarpBarrier(Warp w, uint mask)
    {
        if (_checksRaces)
            _order.WarpBarrier(w, mask);
    }

    public void Arrive(Warp w, uint mask, int number)
    {
        if (_checksRaces)
            _order.Arrive(w, mask, number);
    }

    /// <summary>A barrier is released for the lanes that wait at it; threads that have exited pass a barrier of the whole block too.</summary>
    public void ReleaseBarrier(Warp[] warps, int number, bool isCounted)
    {
        if (!_checksRaces)
            return;
        foreach (var warp in warps)
        {
            uint lanes = 0;
            foreach (var parked in warp.Parked)
                lanes |= parked.Barrier == number ? parked.Lanes : 0;
            if (lanes != 0 || !isCounted)
                lanes |= warp.Launched & ~warp.Alive;
            if (lanes != 0)
                _order.Participate(warp, lanes);
        }
        _order.Release(warps, number);
    }

    private uint IdOf(AccessHistory history, Op* o, Warp w, AccessInfo info) =>
        history.Moments.IdOf(o->N, Executor.BlockIndex, w.Index, _order.ClockOf(w.Index), o->Instruction, info);

    private void CheckSharedRaces(Op* o, Warp w, byte* r, AccessPiece piece, uint mask, ulong* addresses, AccessInfo info)
    {
        var race = new RaceCheck(o, w, r, mask, addresses, info, _sharedHistory, FindingKind.SharedRace, (ulong)w.Shared);
        Observe(race, piece);
        CheckWords(race, piece, IdOf(_sharedHistory, o, w, info), 0, _sharedCells.AsSpan((int)(piece.Address / 4), (int)((piece.Address + (ulong)piece.Bytes + 3) / 4 - piece.Address / 4)));
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

    /// <summary>A strong read takes up what was told at its address: with acquire it is known, else it is seen and a fence makes it known.</summary>
    private void Observe(in RaceCheck race, in AccessPiece piece)
    {
        var info = race.Info;
        var points = race.History.Points;
        if (!info.IsStrong || info.Kind == AccessKind.Write || points.Count == 0)
            return;
        long block = Executor.BlockIndex;
        for (uint rest = piece.Lanes; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            if (!points.TryGetValue(race.Addresses[lane], out var point))
                continue;
            point.AddReader(block, race.Warp.Index, lane, _order.ClockOf(race.Warp.Index));
            var (inBlock, onDevice) = (point.InBlock(block), info.Scope == MemoryScope.Device ? point.OnDevice : Clocks.Nothing);
            if (info.Acquires)
            {
                _order.Change(race.Warp, 1u << lane, view => view.Knowing(block, inBlock).Knowing(block, onDevice));
                continue;
            }
            _order.Change(race.Warp, 1u << lane, view =>
            {
                var seenInBlock = Clocks.Join(view.SeenInBlock, inBlock);
                var seenOnDevice = Clocks.Join(view.SeenOnDevice, onDevice);
                bool same = ReferenceEquals(seenInBlock, view.SeenInBlock) && ReferenceEquals(seenOnDevice, view.SeenOnDevice);
                return same ? view : view with { SeenInBlock = seenInBlock, SeenOnDevice = seenOnDevice };
            });
        }
    }

    /// <summary>A strong write tells what its thread's last fence put before it, and with release all; a weak one ends what was told at its address.</summary>
    private void Tell(in RaceCheck race, in AccessPiece piece)
    {
        var info = race.Info;
        if (info.Kind == AccessKind.Read)
            return;
        var points = race.History.Points;
        if (!info.IsStrong)
        {
            for (uint rest = points.Count == 0 ? 0 : piece.Lanes; rest != 0; rest &= rest - 1)
                points.Remove(race.Addresses[BitOperations.TrailingZeroCount(rest)]);
            return;
        }
        long block = Executor.BlockIndex;
        int warp = race.Warp.Index;
        bool toDevice = info.Scope == MemoryScope.Device;
        for (uint rest = piece.Lanes; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            var inBlock = info.Releases ? _order.ReleaseBy(warp, lane) : _order.FencedBy(warp, lane, onDevice: false);
            var onDevice = !toDevice ? null : info.Releases ? inBlock : _order.FencedBy(warp, lane, onDevice: true);
            if (!points.TryGetValue(race.Addresses[lane], out var point))
            {
                if (inBlock is null)
                    continue;
                points[race.Addresses[lane]] = point = new SyncPoint();
            }
            point.Tell(block, inBlock, onDevice, keep: info.Kind == AccessKind.Atomic);
        }
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
                    $"non-coherent read of address 0x{address:x}, which line {Executor.LineOf(race.Moments[cell.Write.Id].Instruction)} wrote in the same launch");
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

    /// <summary>Adds an access to its kind's marks of a word: the latest, and the list of the others. What races with nothing alone is taken out.</summary>
    private void Remember(in RaceCheck race, AccessMark now, ref AccessMark latest, ref int list)
    {
        if (IsSame(race, latest, now))
        {
            latest = new AccessMark { Id = now.Id | latest.Bytes, Lanes = now.Lanes | latest.Lanes };
            return;
        }
        var keep = new Witnesses(this);
        bool replaced = Replaces(race, latest, now);
        if (!replaced && !Executor.Program.OrdersPartly)
            keep.Add(race, latest, now);
        int looked = 0;
        for (ref int link = ref list; link != 0 && looked < MostLookedAt; looked++)
        {
            ref var node = ref race.History[link];
            if (IsSame(race, node.Mark, now))
            {
                node.Mark = new AccessMark { Id = now.Id | node.Mark.Bytes, Lanes = now.Lanes | node.Mark.Lanes };
                return;
            }
            if (Replaces(race, node.Mark, now) || (!Executor.Program.OrdersPartly && keep.Add(race, node.Mark, now)))
                race.History.Remove(ref link);
            else
                link = ref node.Next;
        }
        if (!Executor.Program.OrdersPartly && keep.AreEnough)
            return;
        if (!replaced)
            race.History.Push(ref list, latest);
        latest = now;
    }

    /// <summary>The same bytes or lanes in the same way, with nothing between.</summary>
    private static bool IsSame(in RaceCheck race, AccessMark before, AccessMark now)
    {
        if (before.Bytes != now.Bytes && before.Lanes != now.Lanes)
            return false;
        if (before.Id >> 4 == now.Id >> 4)
            return true;
        ref readonly var a = ref race.Moments[before.Id];
        ref readonly var b = ref race.Moments[now.Id];
        return a.Block == b.Block && a.Warp == b.Warp && a.Clock == b.Clock && a.Access.Replaces(b.Access) && b.Access.Replaces(a.Access);
    }

    /// <summary>Whether whoever races with an earlier access races with this one too, which comes after it.</summary>
    private bool Replaces(in RaceCheck race, AccessMark before, AccessMark now)
    {
        if ((before.Bytes & ~now.Bytes) != 0)
            return false;
        ref readonly var then = ref race.Moments[before.Id];
        if (!race.Info.Replaces(then.Access))
            return false;
        // An atomic comes after the strong writes whose value it found.
        if (race.Info.Kind == AccessKind.Atomic && then.Access.Kind != AccessKind.Read && Reach(then, race.Info))
            return true;
        int lane = BitOperations.TrailingZeroCount(now.Lanes), warp = race.Warp.Index;
        bool sameWarp = then.Warp == warp && then.Block == Executor.BlockIndex;
        uint others = sameWarp ? before.Lanes & ~(1u << lane) : before.Lanes;
        return others == 0 || _order.ViewOf(warp, lane).Covers(Executor.BlockIndex, then, others, strong: false);
    }

    /// <summary>
    /// Accesses that a kernel without fences, releases and barriers of some threads need not remember beyond two: of two warps of the running block,
    /// or of two other blocks, one races with any thread that a third would race with.
    /// </summary>
    private ref struct Witnesses(ObserverState state)
    {
        private long _otherBlock = -1;
        private int _otherWarp = -1;
        private int _blocks;

        /// <summary>True when the running access need not be remembered.</summary>
        public bool AreEnough { get; private set; }

        /// <summary>Counts a mark that stands for the running access too. True when it is one too many.</summary>
        public bool Add(in RaceCheck race, AccessMark mark, AccessMark now)
        {
            ref readonly var then = ref race.Moments[mark.Id];
            if ((now.Bytes & ~mark.Bytes) != 0 || !then.Access.Replaces(race.Info))
                return false;
            if (then.Block == state.Executor.BlockIndex)
            {
                var view = state._order.ViewOf(race.Warp.Index, BitOperations.TrailingZeroCount(now.Lanes));
                if (then.Warp == race.Warp.Index || view.Own.Covers(then.Warp, mark.Lanes, then.Clock))
                    return false;
                AreEnough |= _otherWarp >= 0 && _otherWarp != then.Warp;
                _otherWarp = then.Warp;
                return false;
            }
            if (_otherBlock == then.Block)
                return false;
            _otherBlock = then.Block;
            return ++_blocks > 2 && mark.Bytes == now.Bytes && race.Info.Replaces(then.Access);
        }
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
        string who = then.Block == Executor.BlockIndex ? $"thread {Executor.Launch.Block.At(thread)}" : $"block {Executor.Launch.Grid.At(then.Block)} thread {Executor.Launch.Block.At(thread)}";
        string why = !then.Access.IsStrong || !race.Info.IsStrong ? ""
            : then.Access.ElementBytes != race.Info.ElementBytes ? "; atomic and volatile accesses of different sizes are not atomic to each other"
            : Reach(then, race.Info) ? "; volatile accesses order nothing" : "; the scope of one of them does not reach the other's block";
        Executor.Report(
            race.Kind, race.Warp, instruction, lane, $"{what} {where}, which {who} has {verb} in line {Executor.LineOf(then.Instruction)} with no synchronisation between{why}");
    }

    /// <summary>One access on its way through the race checks.</summary>
    private readonly ref struct RaceCheck(Op* op, Warp warp, byte* registers, uint mask, ulong* addresses, AccessInfo info, AccessHistory history, FindingKind kind, ulong memory)
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
