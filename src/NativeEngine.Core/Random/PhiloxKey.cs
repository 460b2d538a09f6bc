namespace NativeEngine.Core;

/// <summary>Names one stream of random numbers: the same key gives the same numbers on every device and with any thread count.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Stream">What the numbers are for: one of <see cref="RandomStream"/> plus, for layers, the layer's ordinal.</param>
/// <param name="Step">The training step (or epoch) the numbers belong to.</param>
public readonly record struct PhiloxKey(ulong Seed, uint Stream, uint Step);
