namespace NativeEngine.Cuda.Kernels;

/// <summary>One parameter of a kernel as the PTX declares it and as people read it.</summary>
/// <param name="Name">Its name, for example <c>d_weight</c>.</param>
/// <param name="TypeName">Its CUDA type, for example <c>const f32*</c>, <c>s64</c> or <c>ne_walk</c>.</param>
/// <param name="PtxType">What a <c>.param</c> line must say: <c>.u64</c>, <c>.u32</c>, <c>.f32</c>, or <c>.b8[n]</c> for a structure of n bytes.</param>
/// <param name="Offset">Byte offset in the argument structure, which is also its offset in the parameter buffer.</param>
/// <param name="Size">Bytes.</param>
public sealed record KernelParameter(string Name, string TypeName, string PtxType, int Offset, int Size)
{
    /// <inheritdoc/>
    public override string ToString() => $"{TypeName} {Name}";
}
