using System.Numerics;
using System.Runtime.CompilerServices;

namespace NativeEngine.SoftGpu;

/// <summary>What the observers of one executor remember between operations; the address of every observed access comes through here.</summary>
internal sealed unsafe partial class ObserverState
{
    private readonly bool _counts;
    private readonly bool _checksInitialised;
    private readonly bool _checksRaces;
    private readonly byte[] _sharedWritten;
    private readonly byte[] _localWritten;
    private readonly byte[] _defined;
    private readonly int _registers;
    private DeviceAllocation? _lastAllocation;

    public ObserverState(BlockExecutor executor)
    {
        Executor = executor;
        var observers = executor.Program.Observers;
        _counts = observers.HasFlag(ObserverSet.Counters);
        _checksInitialised = observers.HasFlag(ObserverSet.Initialised);
        _checksRaces = observers.HasFlag(ObserverSet.Races);
        int warps = (int)((executor.Launch.Block.Count + 31) / 32);
        _registers = executor.Program.RegisterCount;
        _sharedWritten = _checksInitialised ? new byte[executor.Launch.SharedBytes] : [];
        _localWritten = _checksInitialised ? new byte[warps * 32 * executor.Launch.LocalBytes] : [];
        _defined = _checksInitialised ? new byte[warps * _registers * 32] : [];
        _sharedCells = _checksRaces ? new AccessCell[(executor.Launch.SharedBytes + 3) / 4] : [];
        _sharedHistory = new AccessHistory(warps, _checksRaces ? executor.Program.Accesses.Length : 0);
        _globalHistory = executor.Launch.History;
        _pages = executor.Launch.Pages;
        _order = new BlockOrder(warps);
    }

    public BlockExecutor Executor { get; }

    public void StartBlock()
    {
        Array.Clear(_sharedWritten);
        ClearLocal();
        Array.Clear(_defined);
        Array.Clear(_sharedCells);
        _sharedHistory.Clear();
        _order.Start(Executor.BlockIndex);
        _cache.Clear();
    }

    /// <summary>A memory operation is about to run for the lanes of a mask.</summary>
    [SkipLocalsInit]
    public void Access(Op* o, Warp w, byte* r, uint mask, AccessInfo info)
    {
        ulong* addresses = stackalloc ulong[32];
        ulong* given = (ulong*)(r + o->A);
        if (info.Defers)
            Array.Fill(_loadedBytes, ~0u);
        ulong offset = (ulong)o->Immediate;
        if (info.Space != PtxSpace.Generic)
        {
            for (int lane = 0; lane < 32; lane++)
                addresses[lane] = given[lane] + offset;
            AccessSpace(info.Space, o, w, r, mask, addresses, info);
            return;
        }
        uint global = 0, shared = 0, local = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            ulong address = given[lane] + offset;
            var space = Windows.SpaceOf(address);
            addresses[lane] = address - Windows.BaseOf(space);
            switch (space)
            {
                case PtxSpace.Global or PtxSpace.Const: global |= 1u << lane; break;
                case PtxSpace.Shared: shared |= 1u << lane; break;
                case PtxSpace.Local: local |= 1u << lane; break;
            }
        }
        AccessSpace(PtxSpace.Global, o, w, r, global, addresses, info);
        AccessSpace(PtxSpace.Shared, o, w, r, shared, addresses, info);
        AccessSpace(PtxSpace.Local, o, w, r, local, addresses, info);
    }

    private void AccessSpace(PtxSpace space, Op* o, Warp w, byte* r, uint mask, ulong* addresses, AccessInfo info)
    {
        if (mask == 0)
            return;
        if (info.Stored.Length > 0 && space != PtxSpace.Local)
            CheckStored(o, w, mask, info);
        switch (space)
        {
            case PtxSpace.Global or PtxSpace.Const: AccessGlobal(o, w, r, mask, addresses, info); break;
            case PtxSpace.Shared: AccessShared(o, w, r, mask, addresses, info); break;
            case PtxSpace.Local: AccessLocal(o, w, mask, addresses, info); break;
        }
        if (_checksRaces && info.Releases)
            _order.Advance(w.Index);
    }

    private void AccessGlobal(Op* o, Warp w, byte* r, uint mask, ulong* addresses, AccessInfo info)
    {
        if (_counts)
            CountGlobal(mask, addresses, info);
        if (!_checksInitialised && !_checksRaces)
            return;
        if (WholePiece(mask, addresses, info) is { } whole && AllocationOf(whole.Address, whole.Bytes) is { } memory
                && IsWritten(memory.Written, whole.Address - memory.Address, whole.Bytes, info))
        {
            if (_checksRaces && !memory.IsReadOnly)
                CheckGlobalRaces(o, w, r, whole, mask, addresses, info);
            return;
        }
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            // What is out of bounds is left to the operation itself, which faults.
            if (AllocationOf(addresses[lane], info.Bytes) is not { } allocation)
                continue;
            if (_checksInitialised && allocation.Written is { } written)
                CheckWritten(o, w, lane, written, (long)(addresses[lane] - allocation.Address), info, FindingKind.UninitialisedGlobal, allocation);
            if (_checksRaces && !allocation.IsReadOnly)
                CheckGlobalRaces(o, w, r, new AccessPiece(1u << lane, addresses[lane], info.Bytes, false), mask, addresses, info);
        }
    }

    private void AccessShared(Op* o, Warp w, byte* r, uint mask, ulong* addresses, AccessInfo info)
    {
        if (_counts)
            CountShared(mask, addresses, info);
        if (!_checksInitialised && !_checksRaces)
            return;
        if (WholePiece(mask, addresses, info) is { } whole && whole.Address < w.SharedBytes && w.SharedBytes - whole.Address >= (ulong)whole.Bytes
            && IsWritten(_checksInitialised ? _sharedWritten : null, whole.Address, whole.Bytes, info))
        {
            if (_checksRaces)
                CheckSharedRaces(o, w, r, whole, mask, addresses, info);
            return;
        }
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            ulong address = addresses[lane];
            if (address >= w.SharedBytes || w.SharedBytes - address < (ulong)info.Bytes)
                continue;
            if (_checksInitialised)
                CheckWritten(o, w, lane, _sharedWritten, (long)address, info, FindingKind.UninitialisedShared, "shared memory");
            if (_checksRaces)
                CheckSharedRaces(o, w, r, new AccessPiece(1u << lane, address, info.Bytes, false), mask, addresses, info);
        }
    }

    private void AccessLocal(Op* o, Warp w, uint mask, ulong* addresses, AccessInfo info)
    {
        if (!info.IsPassed)
            Executor.Counters.LocalBytes += (long)BitOperations.PopCount(mask) * info.Bytes;
        if (!_checksInitialised)
            return;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            if (addresses[lane] >= w.LocalBytes || w.LocalBytes - addresses[lane] < (ulong)info.Bytes)
                continue;
            long start = (w.Index * 32L + lane) * (long)w.LocalBytes;
            var written = _localWritten.AsSpan((int)(start + (long)addresses[lane]), info.Bytes);
            if (info.Defers)
            {
                Load(lane, written);
                continue;
            }
            if (info.Stored.Length > 0)
            {
                Store(w, lane, written, info);
                continue;
            }
            CheckWritten(o, w, lane, _localWritten, start + (long)addresses[lane], info, FindingKind.UninitialisedLocal, "local memory", start);
        }
    }

    /// <summary>The access as one piece: lanes in a row at addresses in a row, or all at one address; else null.</summary>
    private static AccessPiece? WholePiece(uint mask, ulong* addresses, AccessInfo info)
    {
        // Lanes that share a word, and atomics, are looked at one by one.
        if (info.Bytes < 4 || info.Kind == AccessKind.Atomic)
            return null;
        int first = BitOperations.TrailingZeroCount(mask), end = 32 - BitOperations.LeadingZeroCount(mask), count = end - first;
        ulong address = addresses[first], apart = count > 1 ? addresses[end - 1] - address : 0;
        if ((address & 3) != 0)
            return null;
        if (count == 1)
            return new AccessPiece(mask, address, info.Bytes, false);
        if (apart == 0 && info.Kind == AccessKind.Read)
        {
            for (uint rest = mask; rest != 0; rest &= rest - 1)
            {
                if (addresses[BitOperations.TrailingZeroCount(rest)] != address)
                    return null;
            }
            return new AccessPiece(mask, address, info.Bytes, false);
        }
        if (BitOperations.PopCount(mask) != count || apart != (ulong)((count - 1) * info.Bytes))
            return null;
        for (int lane = first + 1; lane < end; lane++)
        {
            if (addresses[lane] - addresses[lane - 1] != (ulong)info.Bytes)
                return null;
        }
        return new AccessPiece(mask, address, count * info.Bytes, true);
    }

    /// <summary>The live allocation that holds a range, or null.</summary>
    private DeviceAllocation? AllocationOf(ulong address, int bytes)
    {
        if (_lastAllocation is not { } found || address < found.Address || address >= found.End)
        {
            var table = Executor.Launch.Table;
            if (table.At(table.IndexAtOrBefore(address)) is not { } other)
                return null;
            found = _lastAllocation = other;
        }
        return found.IsFreed || address + (ulong)bytes > found.End ? null : found;
    }

    /// <summary>Whether a piece that is read was written before; a piece that is written is afterwards. Which lane and byte is missing is looked at lane by
    /// lane.</summary>
    private static bool IsWritten(byte[]? written, ulong offset, int bytes, AccessInfo info)
    {
        if (written is null)
            return true;
        var flags = written.AsSpan((int)offset, bytes);
        if (info.Kind == AccessKind.Read)
            return !flags.Contains((byte)0);
        flags.Fill(1);
        return true;
    }

    /// <summary>Reads want bytes that were written; writes mark them.</summary>
    private void CheckWritten(Op* o, Warp w, int lane, byte[] written, long offset, AccessInfo info, FindingKind kind, object memory, long origin = 0)
    {
        var bytes = written.AsSpan((int)offset, info.Bytes);
        if (info.Kind != AccessKind.Write)
        {
            int first = bytes.IndexOf((byte)0);
            if (first >= 0 && Executor.Launch.IsNew(kind, Executor.LineOf(o->Instruction)))
                Executor.Report(kind, w, o->Instruction, lane,
                    $"read of {info.Bytes} bytes at offset {offset - origin} of {memory}, of which byte {first} was never written");
        }
        if (info.Kind != AccessKind.Read)
            bytes.Fill(1);
    }
}
