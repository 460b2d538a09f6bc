namespace NativeEngine.Cuda.Native;

/// <summary>The function tables one backend runs on: the vendor's libraries, or the software GPU's methods.</summary>
/// <param name="driver">The driver API.</param>
/// <param name="blas">cuBLAS.</param>
/// <param name="blasLt">cuBLASLt.</param>
/// <param name="dnn">cuDNN.</param>
public sealed class CudaTables(in CudaDriverApi driver, in CublasApi blas, in CublasLtApi blasLt, in CudnnApi dnn)
{
    private readonly CudaDriverApi _driver = driver;
    private readonly CublasApi _blas = blas;
    private readonly CublasLtApi _blasLt = blasLt;
    private readonly CudnnApi _dnn = dnn;

    /// <summary>The driver API.</summary>
    public ref readonly CudaDriverApi Driver => ref _driver;

    /// <summary>cuBLAS.</summary>
    public ref readonly CublasApi Blas => ref _blas;

    /// <summary>cuBLASLt.</summary>
    public ref readonly CublasLtApi BlasLt => ref _blasLt;

    /// <summary>cuDNN.</summary>
    public ref readonly CudnnApi Dnn => ref _dnn;

    /// <summary>Optional symbols that are not there, by table field; features built on them stay off.</summary>
    public IReadOnlySet<string> Missing { get; init; } = new HashSet<string>();

    /// <summary>True when the optional functions of these fields can be called.</summary>
    public bool Has(params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
            if (Missing.Contains(field))
                return false;
        return true;
    }
}
