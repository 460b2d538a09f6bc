namespace NativeEngine.Cuda.Tests.Kernels;

/// <summary>Ways in which a kernel under test is replaced by a wrong one.</summary>
internal enum KernelFault
{
    /// <summary>It writes zeros.</summary>
    Zeros,

    /// <summary>It writes nothing.</summary>
    Nothing,

    /// <summary>Its float results are too large by one part in a thousand.</summary>
    SlightlyOff,

    /// <summary>It also writes one byte behind its last result.</summary>
    Overrun,

    /// <summary>It also changes its first input.</summary>
    ChangesInput,
}
