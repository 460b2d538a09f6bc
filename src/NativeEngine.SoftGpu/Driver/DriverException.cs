using NativeEngine.Cuda.Native;

namespace NativeEngine.SoftGpu.Driver;

/// <summary>Ends a driver call with a status; never leaves the software GPU.</summary>
internal sealed class DriverException(CuResult result, string message) : Exception(message)
{
    public CuResult Result { get; } = result;
}

/// <summary>Work on the device failed: the context is broken with this status from now on.</summary>
internal sealed class DeviceFaultException(CuResult result, string message) : Exception(message)
{
    public CuResult Result { get; } = result;
}
