namespace NativeEngine.Cuda.Kernels;

/// <summary>One entry of the kernel catalogue.</summary>
public abstract class Kernel
{
    /// <summary>The most threads per block any kernel accepts (the PTX says <c>.maxntid 256</c>).</summary>
    public const int MaxBlock = 256;

    private protected Kernel(string family, string entry, int sharedBytes, IReadOnlyList<KernelParameter> parameters)
    {
        Family = family;
        Entry = entry;
        SharedBytes = sharedBytes;
        Parameters = parameters;
    }

    /// <summary>The op family: the source is <c>kernels/family.cu</c>, the module <c>kernels/ptx/family.ptx</c>.</summary>
    public string Family { get; }

    /// <summary>The entry's name in the PTX, for example <c>relu_fwd_f32</c>.</summary>
    public string Entry { get; }

    /// <summary>Bytes of static shared memory.</summary>
    public int SharedBytes { get; }

    /// <summary>The parameters in order.</summary>
    public IReadOnlyList<KernelParameter> Parameters { get; }

    /// <summary>The signature as people read it: <c>relu_fwd_f32(const f32* x, f32* y, s64 n, f32 a, f32 b)</c>.</summary>
    public override string ToString() => $"{Entry}({string.Join(", ", Parameters)})";
}
