using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>One line of a <see cref="ModelSummary"/>.</summary>
/// <param name="Name">Dotted name.</param>
/// <param name="Type">Kind of layer: <c>Conv2d</c>.</param>
/// <param name="Output">Shape of the result.</param>
/// <param name="Parameters">Trained values of the layer.</param>
/// <param name="Macs">Multiply-adds of one forward pass.</param>
/// <param name="ActivationBytes">Memory that forward leaves behind for backward, including element-wise steps right after the layer before.</param>
public sealed record LayerSummary(string Name, string Type, Shape Output, long Parameters, long Macs, long ActivationBytes);
