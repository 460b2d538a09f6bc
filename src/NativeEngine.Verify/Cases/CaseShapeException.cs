namespace NativeEngine.Verify;

/// <summary>The engine's result would have another shape than the case expects: a failed case, seen before it was computed.</summary>
internal sealed class CaseShapeException(string message) : Exception(message);
