namespace NativeEngine.Core;

/// <summary>What a backend's memory pool holds.</summary>
/// <param name="LiveBuffers">Buffers handed out and not freed.</param>
/// <param name="LiveBytes">Their size.</param>
/// <param name="PeakBytes">The most that was in use so far: tensors and what the backend needs to compute.</param>
/// <param name="ReservedBytes">Memory taken from the system, live or waiting for reuse.</param>
/// <param name="Allocations">How often memory was taken from the system: constant in a steady training loop.</param>
public readonly record struct MemoryReport(long LiveBuffers, long LiveBytes, long PeakBytes, long ReservedBytes, long Allocations);
