using System.Runtime.CompilerServices;

namespace NativeEngine.Cuda.Kernels;

/// <summary>Six values in a row, as <c>T name[6]</c> in a CUDA structure.</summary>
/// <typeparam name="T">Element type.</typeparam>
[InlineArray(Length)]
public struct Six<T> where T : unmanaged
{
    /// <summary>The number of values: the highest rank a kernel steps through.</summary>
    public const int Length = 6;

    private T _first;
}
