using NativeEngine.Core;

namespace NativeEngine.Cuda.Kernels;

/// <summary>A <see cref="PhiloxKey"/> as kernels take it. Mirrors <c>ne_philox_key</c>.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Stream">What the numbers are for.</param>
/// <param name="Step">The training step.</param>
[CudaType("ne_philox_key")]
public readonly record struct RandomKey(ulong Seed, uint Stream, uint Step)
{
    /// <summary>The same key for a kernel.</summary>
    public static implicit operator RandomKey(PhiloxKey key) => new(key.Seed, key.Stream, key.Step);
}
