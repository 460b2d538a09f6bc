namespace NativeEngine.Cuda.Kernels;

/// <summary>What a PTX module says about one of its entries.</summary>
/// <param name="Name">Entry name.</param>
/// <param name="Parameters">The type of each <c>.param</c>: <c>.u64</c>, <c>.u32</c>, <c>.f32</c>, or <c>.b8[n]</c>.</param>
/// <param name="MaxThreads">From <c>.maxntid</c>; 0 without one.</param>
/// <param name="SharedBytes">Static shared memory the body declares or uses.</param>
/// <param name="Registers">Virtual registers declared, by type; an upper bound on what the driver's compiler needs, not its result.</param>
/// <param name="Source">File and line of the kernel in its source, or empty without a line table.</param>
public sealed record PtxEntryInfo(string Name, IReadOnlyList<string> Parameters, int MaxThreads, int SharedBytes, int Registers, string Source);
