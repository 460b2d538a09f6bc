namespace NativeEngine.Core;

/// <summary>An operation was given arguments that do not fit together: <c>[op] argument [shape]: expected, got</c>.</summary>
public sealed class ShapeException(string op, string message) : ArgumentException($"[{op}] {message}")
{
    /// <summary>The operation that refused its arguments.</summary>
    public string Op { get; } = op;
}
