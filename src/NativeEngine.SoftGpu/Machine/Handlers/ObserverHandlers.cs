namespace NativeEngine.SoftGpu;

/// <summary>Operations that observers weave around those of the kernel.</summary>
internal static unsafe class ObserverHandlers
{
    /// <summary>In front of a memory operation; <see cref="Op.N"/> names its description in the program.</summary>
    public static void Access(Op* o, Warp w, byte* r, uint mask) => w.Executor.State!.Access(o, w, r, mask, w.Executor.Program.Accesses[o->N]);

    /// <summary>An access of an instruction that makes more than one: the addresses are in a slot, and <paramref name="o"/> is the instruction.</summary>
    public static void AccessAt(Op* o, Warp w, byte* r, uint mask, int slot, long offset, int access)
    {
        if (mask == 0 || w.Executor.State is not { } state)
            return;
        var op = new Op { A = slot, D = -1, Immediate = offset, N = access, Instruction = o->Instruction };
        state.Access(&op, w, r, mask, w.Executor.Program.Accesses[access]);
    }

    public static void CheckDefined(Op* o, Warp w, byte* r, uint mask) => w.Executor.State!.CheckDefined(o, w, mask);

    public static void MarkLoaded(Op* o, Warp w, byte* r, uint mask) => w.Executor.State!.MarkLoaded(o, w, mask);

    public static void Carry(Op* o, Warp w, byte* r, uint mask) => w.Executor.State!.Carry(o, w, mask);

    public static void CarryShuffled(Op* o, Warp w, byte* r, uint mask) => w.Executor.State!.CarryShuffled(o, w, r, mask);

    public static void MarkDefined(Op* o, Warp w, byte* r, uint mask) => w.Executor.State!.MarkDefined(o, w, mask);

    public static void Fence(Op* o, Warp w, byte* r, uint mask) => w.Executor.State!.Fence(w, mask, (MemoryScope)o->N);

    /// <summary>Behind an instruction (in front of one that ends a block): reports it when the traced thread executes it.</summary>
    public static void Trace(Op* o, Warp w, byte* r, uint mask)
    {
        var executor = w.Executor;
        var request = executor.Launch.Options.Trace!;
        if (executor.BlockPosition != request.Block)
            return;
        var shape = executor.Launch.Block;
        int thread = request.Thread.X + shape.X * (request.Thread.Y + shape.Y * request.Thread.Z);
        if (thread / 32 != w.Index || (mask >> (thread % 32) & 1) == 0)
            return;
        request.Sink(TraceText.Describe(executor.Program, o->Instruction, r, thread % 32));
    }
}
