namespace NativeEngine.SoftGpu;

/// <summary>Operations around calls.</summary>
internal static unsafe class CallHandlers
{
    /// <summary>Lanes come back from call <see cref="Op.N"/> of the program.</summary>
    public static void Land(Op* o, Warp w, byte* r, uint mask) => w.Executor.Land(w.Executor.Program.Calls[o->N], w, mask);

    /// <summary>A function begins: its register <see cref="Op.N"/> has not been written by this call.</summary>
    public static void ForgetDefined(Op* o, Warp w, byte* r, uint mask) => w.Executor.State!.ForgetDefined(w, o->N, mask);
}
