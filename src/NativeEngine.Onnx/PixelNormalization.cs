namespace NativeEngine.Onnx;

/// <summary>How pixels become a model's input: (pixel / 255 - mean) / std.</summary>
/// <param name="Mean">Per channel, in units of 0 … 1.</param>
/// <param name="Std">Per channel, in units of 0 … 1.</param>
public sealed record PixelNormalization(IReadOnlyList<float> Mean, IReadOnlyList<float> Std);
