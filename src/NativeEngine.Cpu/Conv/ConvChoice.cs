using NativeEngine.Core;

namespace NativeEngine.Cpu.Conv;

/// <summary>Which algorithm a convolution used, for the record of a run.</summary>
/// <param name="Sizes">the convolution</param>
/// <param name="Pass">forward or one of the gradients</param>
/// <param name="Algorithm">what was chosen</param>
public readonly record struct ConvChoice(ConvSizes Sizes, ConvPass Pass, ConvAlgorithm Algorithm);
