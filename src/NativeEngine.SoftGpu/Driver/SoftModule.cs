namespace NativeEngine.SoftGpu.Driver;

/// <summary>A loaded module.</summary>
internal sealed class SoftModule(SoftContext context, IProgram program)
{
    public SoftContext Context { get; } = context;

    public IProgram Program { get; } = program;

    public bool Unloaded { get; set; }
}

/// <summary>A kernel handed out by a module.</summary>
internal sealed class SoftFunction(SoftModule module, IKernel kernel)
{
    public const int DefaultSharedLimit = 48 * 1024;

    public SoftModule Module { get; } = module;

    public IKernel Kernel { get; } = kernel;

    /// <summary>Attribute 8: how much dynamic shared memory launches may ask for.</summary>
    public int MaxDynamicShared { get; set; } = Math.Max(0, DefaultSharedLimit - kernel.SharedBytes);
}
