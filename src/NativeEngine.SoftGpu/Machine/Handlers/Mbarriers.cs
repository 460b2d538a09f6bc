using System.Numerics;

namespace NativeEngine.SoftGpu;

internal enum MbarrierOperation
{
    Initialise,
    Invalidate,
    Arrive,
    ArriveWithoutEnd,
    ArriveAndDrop,
    TestState,
    TestParity,
    PendingCount,
}

/// <summary>
/// Barriers that lie in shared memory. The 64 bits of one, which programs must not look into, are here: arrivals that are missing in this phase (20
/// bits), arrivals of every phase (20 bits), the parity of the phase, and a mark in the upper 16 bits by which one is known.
/// </summary>
internal static unsafe class Mbarriers
{
    private const ulong Mark = 0x4D42UL << 48;
    private const ulong Phase = 1UL << 40;
    private const uint MaximumCount = (1 << 20) - 1;

    /// <summary>
    /// <see cref="Op.N"/> is the operation, A holds addresses (generic ones when C is 1), B the count, state or parity (-1: a count of one), D gets the
    /// state or the predicate.
    /// </summary>
    public static void Run(Op* o, Warp w, byte* r, uint mask)
    {
        var operation = (MbarrierOperation)o->N;
        uint result = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            ulong address = ((ulong*)(r + o->A))[lane] + (ulong)o->Immediate - (o->C == 1 ? Windows.Shared : 0);
            var barrier = (ulong*)SharedMemory.Lane(o, w, address, 8, lane, true);
            ulong before = *barrier;
            if (operation != MbarrierOperation.Initialise && (before & 0xFFFFUL << 48) != Mark)
                throw Fault(o, lane, address, "is none: nobody executed mbarrier.init, or its memory was written to");
            switch (operation)
            {
                case MbarrierOperation.Initialise:
                    ulong count = ((uint*)(r + o->B))[lane];
                    if (count is 0 or > MaximumCount)
                        throw Fault(o, lane, address, $"is initialised for {count} arrivals, 1 to {MaximumCount} can be");
                    *barrier = Mark | count << 20 | count;
                    break;
                case MbarrierOperation.Invalidate:
                    *barrier = ulong.MaxValue;
                    break;
                case MbarrierOperation.TestState:
                    result |= ((((ulong*)(r + o->B))[lane] ^ before) & Phase) != 0 ? 1u << lane : 0;
                    break;
                case MbarrierOperation.TestParity:
                    result |= (((uint*)(r + o->B))[lane] & 1) != (before >> 40 & 1) ? 1u << lane : 0;
                    break;
                default:
                    *barrier = Arrive(o, before, o->B < 0 ? 1 : ((uint*)(r + o->B))[lane], lane, address);
                    if (o->D >= 0)
                        ((ulong*)(r + o->D))[lane] = before;
                    break;
            }
        }
        if (operation is MbarrierOperation.TestState or MbarrierOperation.TestParity)
            Lanes.StorePredicate(r + o->D, result, mask);
    }

    /// <summary>The arrivals that were missing when a state was given out: A the state, D the count.</summary>
    public static void PendingCount(Op* o, Warp w, byte* r, uint mask)
    {
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            ((uint*)(r + o->D))[lane] = (uint)(((ulong*)(r + o->A))[lane] & MaximumCount);
        }
    }

    /// <summary>The barrier after arrivals; when none is missing the next phase starts.</summary>
    private static ulong Arrive(Op* o, ulong before, uint arrivals, int lane, ulong address)
    {
        ulong pending = before & MaximumCount, expected = before >> 20 & MaximumCount;
        if (arrivals == 0 || arrivals > pending)
            throw Fault(o, lane, address, $"gets {arrivals} arrivals in a phase that waits for {pending} more");
        pending -= arrivals;
        if ((MbarrierOperation)o->N == MbarrierOperation.ArriveAndDrop)
            expected -= arrivals;
        if (pending != 0)
            return (before & ~0xFF_FFFF_FFFFUL) | expected << 20 | pending;
        if ((MbarrierOperation)o->N == MbarrierOperation.ArriveWithoutEnd)
            throw Fault(o, lane, address, "ends its phase by an arrival that says it does not (.noComplete)");
        return ((before & ~0xFF_FFFF_FFFFUL) | expected << 20 | expected) ^ Phase;
    }

    private static MachineFault Fault(Op* o, int lane, ulong address, string problem) =>
        new(FindingKind.BarrierDivergence, o->Instruction, lane, $"the mbarrier at shared address {address} {problem}");
}
