using System.Runtime.InteropServices;

namespace NativeEngine.Cuda.Native;

/// <summary>The CUDA driver API as a table of native functions; one field per symbol, filled from libcuda or by the software GPU.</summary>
/// <remarks>
/// Field names are the vendor's names without the ABI suffix. Contexts, modules, functions, streams, events, graphs and pools are
/// pointer-sized handles; a device is an int; a device pointer is a 64-bit address. Only primary contexts are used, so the
/// context-creating calls, whose signature changed in CUDA 13, never matter.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct CudaDriverApi
{
    [NativeSymbol("cuInit")] public delegate* unmanaged<uint, CuResult> cuInit;
    [NativeSymbol("cuDriverGetVersion")] public delegate* unmanaged<int*, CuResult> cuDriverGetVersion;
    [NativeSymbol("cuGetErrorName")] public delegate* unmanaged<CuResult, byte**, CuResult> cuGetErrorName;
    [NativeSymbol("cuGetErrorString")] public delegate* unmanaged<CuResult, byte**, CuResult> cuGetErrorString;

    [NativeSymbol("cuDeviceGetCount")] public delegate* unmanaged<int*, CuResult> cuDeviceGetCount;
    [NativeSymbol("cuDeviceGet")] public delegate* unmanaged<int*, int, CuResult> cuDeviceGet;
    [NativeSymbol("cuDeviceGetName")] public delegate* unmanaged<byte*, int, int, CuResult> cuDeviceGetName;
    [NativeSymbol("cuDeviceGetAttribute")] public delegate* unmanaged<int*, CuDeviceAttribute, int, CuResult> cuDeviceGetAttribute;
    [NativeSymbol("cuDeviceTotalMem_v2")] public delegate* unmanaged<nuint*, int, CuResult> cuDeviceTotalMem;
    [NativeSymbol("cuDeviceGetUuid_v2", "cuDeviceGetUuid", Optional = true)] public delegate* unmanaged<byte*, int, CuResult> cuDeviceGetUuid;
    [NativeSymbol("cuDeviceGetPCIBusId", Optional = true)] public delegate* unmanaged<byte*, int, int, CuResult> cuDeviceGetPCIBusId;
    [NativeSymbol("cuDevicePrimaryCtxRetain")] public delegate* unmanaged<nint*, int, CuResult> cuDevicePrimaryCtxRetain;
    [NativeSymbol("cuDevicePrimaryCtxRelease_v2")] public delegate* unmanaged<int, CuResult> cuDevicePrimaryCtxRelease;
    [NativeSymbol("cuDevicePrimaryCtxSetFlags_v2", Optional = true)] public delegate* unmanaged<int, uint, CuResult> cuDevicePrimaryCtxSetFlags;
    [NativeSymbol("cuDevicePrimaryCtxGetState")] public delegate* unmanaged<int, uint*, int*, CuResult> cuDevicePrimaryCtxGetState;

    [NativeSymbol("cuCtxSetCurrent")] public delegate* unmanaged<nint, CuResult> cuCtxSetCurrent;
    [NativeSymbol("cuCtxGetCurrent")] public delegate* unmanaged<nint*, CuResult> cuCtxGetCurrent;
    [NativeSymbol("cuCtxSynchronize")] public delegate* unmanaged<CuResult> cuCtxSynchronize;

    [NativeSymbol("cuModuleLoadDataEx")] public delegate* unmanaged<nint*, void*, uint, CuJitOption*, void**, CuResult> cuModuleLoadDataEx;
    [NativeSymbol("cuModuleUnload")] public delegate* unmanaged<nint, CuResult> cuModuleUnload;
    [NativeSymbol("cuModuleGetFunction")] public delegate* unmanaged<nint*, nint, byte*, CuResult> cuModuleGetFunction;
    [NativeSymbol("cuModuleGetGlobal_v2")] public delegate* unmanaged<ulong*, nuint*, nint, byte*, CuResult> cuModuleGetGlobal;
    [NativeSymbol("cuFuncGetAttribute")] public delegate* unmanaged<int*, CuFunctionAttribute, nint, CuResult> cuFuncGetAttribute;
    [NativeSymbol("cuFuncSetAttribute")] public delegate* unmanaged<nint, CuFunctionAttribute, int, CuResult> cuFuncSetAttribute;
    [NativeSymbol("cuLaunchKernel")] public delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, CuResult> cuLaunchKernel;
    [NativeSymbol("cuOccupancyMaxActiveBlocksPerMultiprocessor", Optional = true)]
    public delegate* unmanaged<int*, nint, int, nuint,
        CuResult> cuOccupancyMaxActiveBlocksPerMultiprocessor;

    [NativeSymbol("cuMemGetInfo_v2")] public delegate* unmanaged<nuint*, nuint*, CuResult> cuMemGetInfo;
    [NativeSymbol("cuMemAlloc_v2")] public delegate* unmanaged<ulong*, nuint, CuResult> cuMemAlloc;
    [NativeSymbol("cuMemFree_v2")] public delegate* unmanaged<ulong, CuResult> cuMemFree;
    [NativeSymbol("cuMemAllocAsync", Optional = true)] public delegate* unmanaged<ulong*, nuint, nint, CuResult> cuMemAllocAsync;
    [NativeSymbol("cuMemFreeAsync", Optional = true)] public delegate* unmanaged<ulong, nint, CuResult> cuMemFreeAsync;
    [NativeSymbol("cuDeviceGetDefaultMemPool", Optional = true)] public delegate* unmanaged<nint*, int, CuResult> cuDeviceGetDefaultMemPool;
    [NativeSymbol("cuMemPoolSetAttribute", Optional = true)] public delegate* unmanaged<nint, CuMemPoolAttribute, void*, CuResult> cuMemPoolSetAttribute;
    [NativeSymbol("cuMemPoolGetAttribute", Optional = true)] public delegate* unmanaged<nint, CuMemPoolAttribute, void*, CuResult> cuMemPoolGetAttribute;
    [NativeSymbol("cuMemPoolTrimTo", Optional = true)] public delegate* unmanaged<nint, nuint, CuResult> cuMemPoolTrimTo;
    [NativeSymbol("cuMemHostAlloc")] public delegate* unmanaged<void**, nuint, uint, CuResult> cuMemHostAlloc;
    [NativeSymbol("cuMemFreeHost")] public delegate* unmanaged<void*, CuResult> cuMemFreeHost;
    [NativeSymbol("cuMemHostRegister_v2", Optional = true)] public delegate* unmanaged<void*, nuint, uint, CuResult> cuMemHostRegister;
    [NativeSymbol("cuMemHostUnregister", Optional = true)] public delegate* unmanaged<void*, CuResult> cuMemHostUnregister;

    [NativeSymbol("cuMemcpyHtoD_v2")] public delegate* unmanaged<ulong, void*, nuint, CuResult> cuMemcpyHtoD;
    [NativeSymbol("cuMemcpyDtoH_v2")] public delegate* unmanaged<void*, ulong, nuint, CuResult> cuMemcpyDtoH;
    [NativeSymbol("cuMemcpyHtoDAsync_v2")] public delegate* unmanaged<ulong, void*, nuint, nint, CuResult> cuMemcpyHtoDAsync;
    [NativeSymbol("cuMemcpyDtoHAsync_v2")] public delegate* unmanaged<void*, ulong, nuint, nint, CuResult> cuMemcpyDtoHAsync;
    [NativeSymbol("cuMemcpyDtoDAsync_v2")] public delegate* unmanaged<ulong, ulong, nuint, nint, CuResult> cuMemcpyDtoDAsync;
    [NativeSymbol("cuMemsetD8Async")] public delegate* unmanaged<ulong, byte, nuint, nint, CuResult> cuMemsetD8Async;
    [NativeSymbol("cuMemsetD32Async")] public delegate* unmanaged<ulong, uint, nuint, nint, CuResult> cuMemsetD32Async;

    [NativeSymbol("cuStreamCreate")] public delegate* unmanaged<nint*, uint, CuResult> cuStreamCreate;
    [NativeSymbol("cuStreamDestroy_v2")] public delegate* unmanaged<nint, CuResult> cuStreamDestroy;
    [NativeSymbol("cuStreamSynchronize")] public delegate* unmanaged<nint, CuResult> cuStreamSynchronize;
    [NativeSymbol("cuStreamQuery")] public delegate* unmanaged<nint, CuResult> cuStreamQuery;
    [NativeSymbol("cuStreamWaitEvent")] public delegate* unmanaged<nint, nint, uint, CuResult> cuStreamWaitEvent;
    [NativeSymbol("cuLaunchHostFunc")] public delegate* unmanaged<nint, delegate* unmanaged<void*, void>, void*, CuResult> cuLaunchHostFunc;

    [NativeSymbol("cuEventCreate")] public delegate* unmanaged<nint*, uint, CuResult> cuEventCreate;
    [NativeSymbol("cuEventDestroy_v2")] public delegate* unmanaged<nint, CuResult> cuEventDestroy;
    [NativeSymbol("cuEventRecord")] public delegate* unmanaged<nint, nint, CuResult> cuEventRecord;
    [NativeSymbol("cuEventSynchronize")] public delegate* unmanaged<nint, CuResult> cuEventSynchronize;
    [NativeSymbol("cuEventQuery")] public delegate* unmanaged<nint, CuResult> cuEventQuery;
    [NativeSymbol("cuEventElapsedTime_v2", "cuEventElapsedTime")] public delegate* unmanaged<float*, nint, nint, CuResult> cuEventElapsedTime;

    [NativeSymbol("cuStreamBeginCapture_v2", Optional = true)] public delegate* unmanaged<nint, CuCaptureMode, CuResult> cuStreamBeginCapture;
    [NativeSymbol("cuStreamEndCapture", Optional = true)] public delegate* unmanaged<nint, nint*, CuResult> cuStreamEndCapture;
    [NativeSymbol("cuStreamIsCapturing", Optional = true)] public delegate* unmanaged<nint, int*, CuResult> cuStreamIsCapturing;
    [NativeSymbol("cuGraphInstantiateWithFlags", Optional = true)] public delegate* unmanaged<nint*, nint, ulong, CuResult> cuGraphInstantiateWithFlags;
    [NativeSymbol("cuGraphLaunch", Optional = true)] public delegate* unmanaged<nint, nint, CuResult> cuGraphLaunch;
    [NativeSymbol("cuGraphExecUpdate_v2", Optional = true)] public delegate* unmanaged<nint, nint, CuGraphExecUpdateResult*, CuResult> cuGraphExecUpdate;
    [NativeSymbol("cuGraphExecDestroy", Optional = true)] public delegate* unmanaged<nint, CuResult> cuGraphExecDestroy;
    [NativeSymbol("cuGraphDestroy", Optional = true)] public delegate* unmanaged<nint, CuResult> cuGraphDestroy;
    [NativeSymbol("cuGraphGetNodes", Optional = true)] public delegate* unmanaged<nint, nint*, nuint*, CuResult> cuGraphGetNodes;
}
