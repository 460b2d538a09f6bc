using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <summary>Accesses through generic addresses, and to local memory, where every lane has its own window.</summary>
internal static unsafe class GenericMemory
{
    /// <summary>
    /// Sends lanes to the handlers of the spaces they point into; these handlers are in the program's table at <see cref="Op.GenericTable"/>.
    /// </summary>
    public static void Dispatch(Op* o, Warp w, byte* r, uint mask)
    {
        var handlers = w.Executor.Program.GenericHandlers[o->GenericTable];
        ulong* addresses = (ulong*)(r + o->A);
        uint global = 0, shared = 0, local = 0, param = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            switch (Windows.SpaceOf(addresses[lane] + (ulong)o->Immediate))
            {
                case PtxSpace.Shared: shared |= 1u << lane; break;
                case PtxSpace.Local: local |= 1u << lane; break;
                case PtxSpace.Param: param |= 1u << lane; break;
                default: global |= 1u << lane; break;
            }
        }
        if (global == mask)
        {
            handlers.Global(o, w, r, mask);
            return;
        }
        if (global != 0)
            handlers.Global(o, w, r, global);
        Shifted(o, w, r, shared, Windows.Shared, handlers.Shared, addresses);
        Shifted(o, w, r, local, Windows.Local, handlers.Local, addresses);
        if (param != 0 && handlers.Param == null)
            throw new MachineFault(FindingKind.OutOfBounds, o->Instruction, BitOperations.TrailingZeroCount(param), "write to kernel parameters");
        Shifted(o, w, r, param, Windows.Param, handlers.Param, addresses);
    }

    private static void Shifted(Op* o, Warp w, byte* r, uint lanes, ulong window, delegate*<Op*, Warp, byte*, uint, void> handler, ulong* addresses)
    {
        if (lanes == 0)
            return;
        // The offsets inside the window go to a scratch slot, so that the space's own handler finds them like any address register.
        ulong* scratch = (ulong*)(r + w.Executor.Program.ScratchSlot);
        for (int lane = 0; lane < 32; lane++)
            scratch[lane] = addresses[lane] + (ulong)o->Immediate - window;
        var inner = *o;
        inner.A = w.Executor.Program.ScratchSlot;
        inner.Immediate = 0;
        handler(&inner, w, r, lanes);
    }

    /// <summary>Checks one lane of a local access and returns its host pointer.</summary>
    private static byte* LocalLane(Op* o, Warp w, ulong address, int size, int lane, bool write)
    {
        if (address >= w.LocalBytes || w.LocalBytes - address < (ulong)size)
        {
            throw new MachineFault(
                FindingKind.OutOfBounds, o->Instruction, lane,
                    $"{AccessText.Of(write, size)} at local address {(long)address}, the thread has {w.LocalBytes} bytes of local memory");
        }
        if ((address & (ulong)(size - 1)) != 0)
            MemoryHandlers.Misaligned(o, address, size, lane, write);
        return w.Local + (ulong)lane * w.LocalBytes + address;
    }

    public static void Local<TTransfer, TElement>(Op* o, Warp w, byte* r, uint mask) where TTransfer : struct, ITransfer where TElement : struct, IElement
    {
        ulong* addresses = (ulong*)(r + o->A);
        int* slots = stackalloc int[] { o->D, o->D1, o->D2, o->D3 };
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            byte* at = LocalLane(o, w, addresses[lane] + (ulong)o->Immediate, o->N * TElement.Size, lane, TTransfer.Writes);
            for (int i = 0; i < o->N; i++)
                TTransfer.Move<TElement>(at + i * TElement.Size, r + slots[i], lane);
        }
    }

    public static void AtomicLocal(Op* o, Warp w, byte* r, uint mask) =>
        throw new MachineFault(FindingKind.OutOfBounds, o->Instruction, BitOperations.TrailingZeroCount(mask), "atomic on local memory");
}

/// <summary>The handlers a generic access uses in each space.</summary>
internal unsafe struct GenericHandlers
{
    public delegate*<Op*, Warp, byte*, uint, void> Global;
    public delegate*<Op*, Warp, byte*, uint, void> Shared;
    public delegate*<Op*, Warp, byte*, uint, void> Local;
    public delegate*<Op*, Warp, byte*, uint, void> Param;
}
