using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <content>Which accesses to a word are remembered, and which stand for others.</content>
internal sealed unsafe partial class ObserverState
{
    /// <summary>Marks of a word that a read looks through before it adds its own; beyond, it may be remembered twice.</summary>
    private const int MostLookedAt = 64;

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
}
