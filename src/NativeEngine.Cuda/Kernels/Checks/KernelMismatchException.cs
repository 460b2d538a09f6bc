namespace NativeEngine.Cuda.Kernels.Checks;

/// <summary>A kernel's result differs from the reference, or it wrote where it must not.</summary>
public sealed class KernelMismatchException(string message) : Exception(message);
