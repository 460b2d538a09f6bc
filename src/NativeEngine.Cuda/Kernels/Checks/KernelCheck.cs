namespace NativeEngine.Cuda.Kernels.Checks;

/// <summary>
/// The proof of one kernel: it makes inputs of random and edge shapes, launches the kernel and compares with plain loops in
/// double precision. Nothing here knows on which device it runs.
/// </summary>
/// <param name="Kernel">The kernel that is checked.</param>
/// <param name="Body">Runs all cases; throws <see cref="KernelMismatchException"/> at the first that differs.</param>
public sealed record KernelCheck(Kernel Kernel, Action<KernelCheckRun> Body)
{
    /// <summary>The entry's name.</summary>
    public string Name => Kernel.Entry;

    /// <summary>Runs the check on a device.</summary>
    /// <param name="device">Where the kernels run.</param>
    /// <param name="seed">Seed of the random inputs; the same seed repeats the check exactly.</param>
    public KernelCheckResult Run(IKernelDevice device, ulong seed) => Run(new KernelCheckRun(device, seed));

    /// <summary>Runs the check with a given recorder.</summary>
    public KernelCheckResult Run(KernelCheckRun run)
    {
        string? failure = null;
        try
        {
            Body(run);
            run.Release();
            if (!run.Launched.Contains(Kernel))
                failure = "the check never launched the kernel";
        }
        catch (Exception e) when (e is KernelMismatchException or Core.EngineException)
        {
            failure = e.Message;
        }
        finally
        {
            run.Discard();
        }

        return new(Kernel, run.Cases, run.WorstError, failure is null ? null : $"{Name}: {failure} (case {run.Cases}: {run.Case}; seed {run.Seed})");
    }
}
