using NativeEngine.Cuda;

namespace NativeEngine.SoftGpu.Driver;

/// <summary>A convolution algorithm of the software cuDNN that is made to give wrong numbers, as a broken library would.</summary>
/// <param name="Pass">The pass.</param>
/// <param name="Algorithm">The vendor's number.</param>
public sealed record WrongAlgorithm(ConvPass Pass, int Algorithm);
