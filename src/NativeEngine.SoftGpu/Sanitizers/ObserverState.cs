using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <summary>What the observers of one executor remember between operations; the address of every observed access comes through here.</summary>
internal sealed unsafe partial class ObserverState
{
    private readonly bool _counts;
    private readonly bool _checksInitialised;
    private readonly bool _checksRaces;
    private readonly byte[] _sharedWritten;
    private readonly byte[] _localWritten;
    private readonly uint[] _defined;
    private readonly int _registers;

    public ObserverState(BlockExecutor executor)
    {
        Executor = executor;
        var observers = executor.Program.Observers;
        _counts = observers.HasFlag(ObserverSet.Counters);
        _checksInitialised = observers.HasFlag(ObserverSet.Initialised);
        _checksRaces = observers.HasFlag(ObserverSet.Races);
        int warps = (int)((executor.Launch.Block.Count + 31) / 32);
        _registers = executor.Program.Entry.Registers.Count;
        _sharedWritten = _checksInitialised ? new byte[executor.Launch.SharedBytes] : [];
        _localWritten = _checksInitialised ? new byte[warps * 32 * executor.Program.Entry.LocalBytes] : [];
        _defined = _checksInitialised ? new uint[warps * _registers] : [];
        _sharedCells = _checksRaces ? new AccessCell[(executor.Launch.SharedBytes + 3) / 4] : [];
    }

    public BlockExecutor Executor { get; }

    public void StartBlock()
    {
        Array.Clear(_sharedWritten);
        Array.Clear(_localWritten);
        Array.Clear(_defined);
        Array.Clear(_sharedCells);
        _acquired.Clear();
        _cache.Clear();
        _segment = 1;
        _published = 0;
    }

    /// <summary>A memory operation is about to run for the lanes of a mask.</summary>
    public void Access(Op* o, Warp w, byte* r, uint mask, AccessInfo info)
    {
        ulong* addresses = stackalloc ulong[32];
        uint global = 0, shared = 0, local = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            ulong address = ((ulong*)(r + o->A))[lane] + (ulong)o->Immediate;
            var space = info.Space == PtxSpace.Generic ? Windows.SpaceOf(address) : info.Space;
            addresses[lane] = info.Space == PtxSpace.Generic ? address - Windows.BaseOf(space) : address;
            switch (space)
            {
                case PtxSpace.Global or PtxSpace.Const: global |= 1u << lane; break;
                case PtxSpace.Shared: shared |= 1u << lane; break;
                case PtxSpace.Local: local |= 1u << lane; break;
            }
        }
        if (global != 0)
            AccessGlobal(o, w, r, global, addresses, info);
        if (shared != 0)
            AccessShared(o, w, r, shared, addresses, info);
        if (local != 0)
            AccessLocal(o, w, local, addresses, info);
    }

    private void AccessGlobal(Op* o, Warp w, byte* r, uint mask, ulong* addresses, AccessInfo info)
    {
        if (_counts)
            CountGlobal(mask, addresses, info);
        if (info.Releases)
            Fence();
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            var table = Executor.Launch.Table;
            var allocation = table.At(table.IndexAtOrBefore(addresses[lane]));
            // What is out of bounds is left to the operation itself, which faults.
            if (allocation is null || allocation.IsFreed || addresses[lane] + (ulong)info.Bytes > allocation.End)
                continue;
            if (_checksInitialised && allocation.Written is { } written)
                CheckWritten(o, w, lane, written, (long)(addresses[lane] - allocation.Address), info, FindingKind.UninitialisedGlobal, $"of {allocation}");
            if (_checksRaces && !allocation.IsReadOnly)
                CheckGlobalRace(o, w, r, lane, addresses[lane], info);
        }
    }

    private void AccessShared(Op* o, Warp w, byte* r, uint mask, ulong* addresses, AccessInfo info)
    {
        if (_counts)
            CountShared(mask, addresses, info);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            if (addresses[lane] >= w.SharedBytes || w.SharedBytes - addresses[lane] < (ulong)info.Bytes)
                continue;
            if (_checksInitialised)
                CheckWritten(o, w, lane, _sharedWritten, (long)addresses[lane], info, FindingKind.UninitialisedShared, "of shared memory");
            if (_checksRaces)
                CheckSharedRace(o, w, r, lane, (int)addresses[lane], info);
        }
    }

    private void AccessLocal(Op* o, Warp w, uint mask, ulong* addresses, AccessInfo info)
    {
        Executor.Counters.LocalBytes += (long)BitOperations.PopCount(mask) * info.Bytes;
        if (!_checksInitialised)
            return;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            if (addresses[lane] >= w.LocalBytes || w.LocalBytes - addresses[lane] < (ulong)info.Bytes)
                continue;
            long start = (w.Index * 32L + lane) * (long)w.LocalBytes;
            CheckWritten(o, w, lane, _localWritten, start + (long)addresses[lane], info, FindingKind.UninitialisedLocal, "of local memory", start);
        }
    }

    /// <summary>Reads want bytes that were written; writes mark them.</summary>
    private void CheckWritten(Op* o, Warp w, int lane, byte[] written, long offset, AccessInfo info, FindingKind kind, string what, long origin = 0)
    {
        var bytes = written.AsSpan((int)offset, info.Bytes);
        if (info.Kind != AccessKind.Write)
        {
            int first = bytes.IndexOf((byte)0);
            if (first >= 0 && Executor.Launch.IsNew(kind, Executor.LineOf(o->Instruction)))
                Executor.Report(kind, w, o->Instruction, lane, $"read of {info.Bytes} bytes at offset {offset - origin} {what}, of which byte {first} was never written");
        }
        if (info.Kind != AccessKind.Read)
            bytes.Fill(1);
    }

    /// <summary>A register is about to be read.</summary>
    public void CheckDefined(Op* o, Warp w, uint mask)
    {
        uint missing = mask & ~_defined[w.Index * _registers + o->N];
        if (missing == 0 || !Executor.Launch.IsNew(FindingKind.UninitialisedRegister, Executor.LineOf(o->Instruction)))
            return;
        string name = Executor.Program.Entry.Registers[o->N].Name;
        Executor.Report(FindingKind.UninitialisedRegister, w, o->Instruction, BitOperations.TrailingZeroCount(missing), $"register {name} is read before it was written");
    }

    /// <summary>A register was written.</summary>
    public void MarkDefined(Op* o, Warp w, uint mask) => _defined[w.Index * _registers + o->N] |= mask;
}
