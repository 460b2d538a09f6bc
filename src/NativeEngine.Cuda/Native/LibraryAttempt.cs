namespace NativeEngine.Cuda.Native;

/// <summary>One file name or path that was tried for a library.</summary>
/// <param name="Path">What was handed to the loader.</param>
/// <param name="Error">Why it did not load, or null when it did.</param>
public sealed record LibraryAttempt(string Path, string? Error);
