using System.Diagnostics.CodeAnalysis;

namespace NativeEngine.Core;

/// <summary>Argument checks of the ops: each failure is one sentence, <c>[op] argument [shape]: expected, got</c>.</summary>
internal static class Check
{
    public static void That([DoesNotReturnIf(false)] bool condition, string op, [System.Runtime.CompilerServices.InterpolatedStringHandlerArgument("condition")] ref CheckMessage message)
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

    public static void Vector(string op, string argument, Tensor? x, int length)
    {
        if (x is not null && (x.Shape.Rank != 1 || x.Shape[0] != length))
            Fail(op, $"{argument} {x.Shape}: expects [{length}]");
    }

    public static void Type(string op, string argument, Tensor? x, DType dtype)
    {
        if (x is not null && x.DType != dtype)
            Fail(op, $"{argument} {x.Shape}: expects {dtype}, is {x.DType}");
    }

    public static void Float(string op, string argument, Tensor? x)
    {
        if (x is not null && !x.DType.IsFloat())
            Fail(op, $"{argument} {x.Shape}: expects float values, is {x.DType}");
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
