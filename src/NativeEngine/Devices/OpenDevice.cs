using NativeEngine.Core;

namespace NativeEngine;

/// <summary>A device that was opened, and why it was chosen.</summary>
/// <param name="Backend">The device.</param>
/// <param name="Description">For a header: <c>cpu (2 threads, AVX-512)</c>.</param>
/// <param name="Reason">Why <c>auto</c> chose it, or null when the device was named.</param>
public sealed record OpenDevice(IBackend Backend, string Description, string? Reason)
{
    /// <summary>What a person should know about it, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
