namespace NativeEngine.Core;

/// <summary>Training produced NaN or infinity.</summary>
/// <param name="op">The operation whose output was first not finite, or "loss".</param>
/// <param name="layer">Dotted name of the layer it ran in; empty outside any layer.</param>
/// <param name="step">The training step, counted from 1.</param>
/// <param name="detail">What was seen, for example "3 of 640 values are not finite".</param>
public sealed class DivergedException(string op, string layer, long step, string detail)
    : EngineException(ExitCode.Diverged, $"training diverged at step {step}: [{op}]{(layer.Length > 0 ? $" in layer {layer}" : "")}: {detail}")
{
    /// <summary>The operation whose output was first not finite.</summary>
    public string Op { get; } = op;

    /// <summary>Dotted name of the layer it ran in; empty outside any layer.</summary>
    public string Layer { get; } = layer;

    /// <summary>The training step, counted from 1.</summary>
    public long Step { get; } = step;

    /// <summary>What was seen.</summary>
    public string Detail { get; } = detail;
}
