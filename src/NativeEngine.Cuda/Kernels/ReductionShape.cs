namespace NativeEngine.Cuda.Kernels;

/// <summary>Sizes of one reduction launch. Mirrors <c>ne_reduction</c>.</summary>
/// <param name="Kept">Number of results.</param>
/// <param name="Reduced">Elements behind each result.</param>
/// <param name="Chunk">Reduced elements per block row (grid y).</param>
/// <param name="Lanes">Threads that share one result, a power of two.</param>
/// <param name="Scale">The result is multiplied by it.</param>
/// <param name="Accumulate">1: add to what is there.</param>
[CudaType("ne_reduction")]
public readonly record struct ReductionShape(long Kept, long Reduced, long Chunk, int Lanes, float Scale, int Accumulate);
