using System.Runtime.InteropServices;

namespace NativeEngine.Cuda.Native;

/// <summary>Device attributes the engine asks for (CUdevice_attribute).</summary>
public enum CuDeviceAttribute
{
    MaxThreadsPerBlock = 1,
    MaxBlockDimX = 2,
    MaxBlockDimY = 3,
    MaxBlockDimZ = 4,
    MaxGridDimX = 5,
    MaxGridDimY = 6,
    MaxGridDimZ = 7,
    MaxSharedMemoryPerBlock = 8,
    WarpSize = 10,
    ClockRateKilohertz = 13,
    MultiprocessorCount = 16,
    Integrated = 18,
    ComputeMode = 20,
    ConcurrentKernels = 31,
    MemoryClockRateKilohertz = 36,
    MemoryBusWidthBits = 37,
    L2CacheBytes = 38,
    MaxThreadsPerMultiprocessor = 39,
    AsyncEngineCount = 40,
    UnifiedAddressing = 41,
    ComputeCapabilityMajor = 75,
    ComputeCapabilityMinor = 76,
    SharedMemoryPerMultiprocessor = 81,
    RegistersPerMultiprocessor = 82,
    MaxSharedMemoryPerBlockOptin = 97,
    MemoryPoolsSupported = 115,
}

/// <summary>Function attributes (CUfunction_attribute).</summary>
public enum CuFunctionAttribute
{
    MaxThreadsPerBlock = 0,
    SharedBytes = 1,
    ConstBytes = 2,
    LocalBytes = 3,
    Registers = 4,
    PtxVersion = 5,
    BinaryVersion = 6,
    MaxDynamicSharedBytes = 8,
    PreferredSharedCarveout = 9,
}

/// <summary>Options of the PTX compiler in the driver (CUjit_option).</summary>
public enum CuJitOption
{
    MaxRegisters = 0,
    WallTime = 2,
    InfoLogBuffer = 3,
    InfoLogBufferBytes = 4,
    ErrorLogBuffer = 5,
    ErrorLogBufferBytes = 6,
    OptimizationLevel = 7,
    GenerateLineInfo = 13,
}

/// <summary>Attributes of a stream-ordered memory pool (CUmemPool_attribute).</summary>
public enum CuMemPoolAttribute
{
    ReuseFollowEventDependencies = 1,
    ReuseAllowOpportunistic = 2,
    ReuseAllowInternalDependencies = 3,
    ReleaseThreshold = 4,
    ReservedCurrent = 5,
    ReservedHigh = 6,
    UsedCurrent = 7,
    UsedHigh = 8,
}

/// <summary>Which other API calls are refused while a stream is captured (CUstreamCaptureMode).</summary>
public enum CuCaptureMode
{
    Global = 0,
    ThreadLocal = 1,
    Relaxed = 2,
}

/// <summary>Flag values of the driver API.</summary>
public static class CuFlags
{
    /// <summary>The stream does not synchronise with the legacy default stream.</summary>
    public const uint StreamNonBlocking = 1;

    /// <summary>The event stores no time, which makes record and wait cheaper.</summary>
    public const uint EventDisableTiming = 2;

    /// <summary>Pinned memory usable from every context.</summary>
    public const uint HostAllocPortable = 1;

    /// <summary>Handle of the legacy default stream.</summary>
    public const nint LegacyStream = 1;

    /// <summary>Handle of the calling thread's default stream.</summary>
    public const nint PerThreadStream = 2;
}

/// <summary>Outcome of updating an executable graph in place (CUgraphExecUpdateResultInfo).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct CuGraphExecUpdateResult
{
    /// <summary>Zero when the update was applied.</summary>
    public int Result;

    /// <summary>The node that could not be updated.</summary>
    public nint ErrorNode;

    /// <summary>The node it depends on in the new graph.</summary>
    public nint ErrorFromNode;
}
