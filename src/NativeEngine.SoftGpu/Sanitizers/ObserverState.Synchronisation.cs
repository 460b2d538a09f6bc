using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <content>What orders threads: barriers, fences, and strong accesses that meet at an address.</content>
internal sealed unsafe partial class ObserverState
{
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
}
