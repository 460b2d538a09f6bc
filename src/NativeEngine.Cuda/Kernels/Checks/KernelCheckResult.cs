namespace NativeEngine.Cuda.Kernels.Checks;

/// <summary>What a kernel check found.</summary>
/// <param name="Kernel">The kernel.</param>
/// <param name="Cases">Cases that ran.</param>
/// <param name="WorstError">The largest error seen, as a share of what was allowed: below 1 when passed.</param>
/// <param name="Failure">One sentence that names the first difference and how to replay it; null when all agreed.</param>
public sealed record KernelCheckResult(Kernel Kernel, int Cases, double WorstError, string? Failure)
{
    /// <summary>True when every case agreed.</summary>
    public bool Passed => Failure is null;
}
