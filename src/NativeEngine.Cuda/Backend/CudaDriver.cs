using System.Runtime.InteropServices;
using NativeEngine.Core;
using NativeEngine.Cuda.Native;

namespace NativeEngine.Cuda;

/// <summary>The driver table with errors as exceptions that name the call, the code and the device.</summary>
internal sealed unsafe class CudaDriver(CudaTables tables, string device)
{
    public CudaTables Tables { get; } = tables;

    /// <summary>Name for messages: <c>cuda:0</c>, <c>soft</c>.</summary>
    public string Device { get; } = device;

    public ref readonly CudaDriverApi Api => ref Tables.Driver;

    /// <exception cref="DeviceMemoryException">Out of memory.</exception>
    /// <exception cref="DeviceException">Any other failure.</exception>
    public void Check(CuResult result, string call, string? detail = null)
    {
        if (result != CuResult.Success)
            Throw(result, call, detail);
    }

    /// <summary>The vendor's name of a status, for example CUDA_ERROR_ILLEGAL_ADDRESS.</summary>
    public string Name(CuResult result)
    {
        byte* text = null;
        return Api.cuGetErrorName(result, &text) == CuResult.Success && text is not null ? Marshal.PtrToStringUTF8((nint)text)! : result.ToString();
    }

    private void Throw(CuResult result, string call, string? detail)
    {
        string message = $"device {Device}: {call} failed with {Name(result)} ({(int)result}){(detail is null ? "" : $" {detail}")}";
        if (result == CuResult.OutOfMemory)
            throw new DeviceMemoryException(message + ".");
        throw new DeviceException($"{message}{CuHints.For(result)}.");
    }
}
