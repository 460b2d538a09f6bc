namespace NativeEngine.SoftGpu;

/// <summary>Operations that observers weave around those of the kernel.</summary>
internal static unsafe class ObserverHandlers
{
    /// <summary>In front of a memory operation; <see cref="Op.N"/> names its description in the program.</summary>
    public static void Access(Op* o, Warp w, byte* r, uint mask) => w.Executor.State!.Access(o, w, r, mask, w.Executor.Program.Accesses[o->N]);

    public static void CheckDefined(Op* o, Warp w, byte* r, uint mask) => w.Executor.State!.CheckDefined(o, w, mask);

    public static void MarkDefined(Op* o, Warp w, byte* r, uint mask) => w.Executor.State!.MarkDefined(o, w, mask);

    public static void Fence(Op* o, Warp w, byte* r, uint mask) => w.Executor.State!.Fence();

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
