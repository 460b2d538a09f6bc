namespace NativeEngine.Core;

/// <summary>What a backend's memory pool holds.</summary>
/// <param name="LiveBuffers">Buffers handed out and not freed.</param>
/// <param name="LiveBytes">Their size.</param>
/// <param name="PeakBytes">The highest <paramref name="LiveBytes"/> so far.</param>
/// <param name="ReservedBytes">Memory taken from the system, live or waiting for reuse.</param>
/// <param name="Allocations">How often memory was taken from the system: constant in a steady training loop.</param>
public readonly record struct MemoryReport(long LiveBuffers, long LiveBytes, long PeakBytes, long ReservedBytes, long Allocations);
