namespace NativeEngine.Core;

/// <summary>One operation of a step as it happened, for whoever watches (<see cref="Engine.Observer"/>).</summary>
/// <param name="Backward">False when the operation ran forward, true when its backward ran and what it consumed was freed.</param>
/// <param name="Op">PyTorch's name of the operation.</param>
/// <param name="Layer">Dotted name of the layer.</param>
/// <param name="Output">Shape of its output.</param>
/// <param name="KeptBytes">What it keeps for backward, parameters not counted.</param>
/// <param name="LiveBytes">Device memory in use after it.</param>
public readonly record struct StepEvent(bool Backward, string Op, string Layer, Shape Output, long KeptBytes, long LiveBytes);
