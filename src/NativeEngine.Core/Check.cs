using System.Diagnostics.CodeAnalysis;

namespace NativeEngine.Core;

/// <summary>Argument checks of the ops: each failure is one sentence, <c>[op] argument [shape]: expected, got</c>.</summary>
internal static class Check
{
    public static void That([DoesNotReturnIf(false)] bool condition, string op,
        [System.Runtime.CompilerServices.InterpolatedStringHandlerArgument("condition")] ref CheckMessage message)
    {
        if (!condition)
            Fail(op, message.ToString());
    }

    [DoesNotReturn]
    public static void Fail(string op, string message) => throw new ShapeException(op, message);

    public static void Rank(string op, string argument, Tensor x, int rank)
    {
        if (x.Shape.Rank != rank)
            Fail(op, $"{argument} {x.Shape}: expects {rank} dimensions, has {x.Shape.Rank}");
    }

    public static void SameShape(string op, string a, Tensor x, string b, Tensor y)
    {
        if (x.Shape != y.Shape)
            Fail(op, $"{a} {x.Shape} and {b} {y.Shape}: expects equal shapes");
    }

    /// <summary>A parameter per channel: float, of rank 1.</summary>
    public static void Vector(string op, string argument, Tensor? x, int length)
    {
        if (x is not null && (x.Shape.Rank != 1 || x.Shape[0] != length))
            Fail(op, $"{argument} {x.Shape}: expects [{length}]");
        Float(op, argument, x);
    }

    public static void Type(string op, string argument, Tensor? x, DType dtype)
    {
        if (x is not null && x.DType != dtype)
            Fail(op, $"{argument} {x.Shape}: expects {dtype}, is {x.DType}");
    }

    /// <summary>The device computes with one float type; memory of another would be read as if it were that.</summary>
    public static void Float(string op, string argument, Tensor? x)
    {
        if (x is not null && x.DType != x.Engine.Backend.FloatType)
            Fail(op, $"{argument} {x.Shape}: expects float values ({x.Engine.Backend.FloatType}), is {x.DType}");
    }

    public static void SameType(string op, string a, Tensor x, string b, Tensor y)
    {
        if (x.DType != y.DType)
            Fail(op, $"{a} {x.Shape} is {x.DType}, {b} {y.Shape} is {y.DType}: expects equal types");
    }

    /// <summary>A product of extents that backends count in 32 bits.</summary>
    public static int Count(string op, string what, Shape shape, long count)
    {
        if (count > int.MaxValue)
            Fail(op, $"input {shape}: {count} {what}, expects at most {int.MaxValue}");
        return (int)count;
    }

    public static void OneEngine(string op, Tensor a, params ReadOnlySpan<Tensor?> others)
    {
        foreach (var other in others)
        {
            if (other is not null && other.Engine != a.Engine)
                Fail(op, $"arguments live on different devices: {a.Engine.Backend.Name} and {other.Engine.Backend.Name}");
        }
    }
}

/// <summary>Formats a check's message only when the check failed.</summary>
[System.Runtime.CompilerServices.InterpolatedStringHandler]
internal ref struct CheckMessage
{
    private System.Runtime.CompilerServices.DefaultInterpolatedStringHandler _inner;

    public CheckMessage(int literalLength, int formattedCount, bool condition, out bool enabled)
    {
        enabled = !condition;
        _inner = enabled ? new(literalLength, formattedCount) : default;
    }

    public void AppendLiteral(string value) => _inner.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => _inner.AppendFormatted(value);

    public override string ToString() => _inner.ToStringAndClear();
}
