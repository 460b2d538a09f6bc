using System.Runtime.InteropServices;
using System.Text;
using NativeEngine.Cuda.Native;

namespace NativeEngine.SoftGpu.Driver;

/// <summary>The driver API of the software GPUs, one method per row of <see cref="CudaDriverApi"/>; parameters as in the vendor's headers.</summary>
internal static unsafe partial class SoftDriver
{
    private static readonly Dictionary<CuResult, nint> ErrorNames = MakeErrorNames();

    [UnmanagedCallersOnly]
    public static CuResult Init(uint flags) => flags == 0 ? CuResult.Success : CuResult.InvalidValue;

    [UnmanagedCallersOnly]
    public static CuResult DriverGetVersion(int* version) => DriverCall.Free(() =>
    {
        if (version is null)
            return CuResult.InvalidValue;
        // Process-wide, before any device is chosen: the newest plugged GPU answers.
        *version = SoftDevices.Find(SoftDevices.Count - 1)?.Options.DriverVersion ?? new SoftGpuOptions().DriverVersion;
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult GetErrorName(CuResult error, byte** name) => DriverCall.Free(() =>
    {
        if (name is null || !ErrorNames.TryGetValue(error, out nint text))
            return CuResult.InvalidValue;
        *name = (byte*)text;
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult DeviceGetCount(int* count) => DriverCall.Free(() =>
    {
        if (count is null)
            return CuResult.InvalidValue;
        *count = SoftDevices.Count;
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult DeviceGet(int* device, int ordinal) => DriverCall.OnDevice("cuDeviceGet", ordinal, _ =>
    {
        if (device is null)
            return CuResult.InvalidValue;
        *device = ordinal;
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult DeviceGetName(byte* name, int length, int device) =>
        DriverCall.OnDevice("cuDeviceGetName", device,
            gpu => CopyText(name, length, $"NativeEngine software GPU (sm_{gpu.Options.ComputeCapability.Major}{gpu.Options.ComputeCapability.Minor})"));

    [UnmanagedCallersOnly]
    public static CuResult DeviceGetPciBusId(byte* name, int length, int device) =>
        DriverCall.OnDevice("cuDeviceGetPCIBusId", device, _ => CopyText(name, length, $"0000:{device:x2}:00.0"));

    [UnmanagedCallersOnly]
    public static CuResult DeviceGetUuid(byte* uuid, int device) => DriverCall.OnDevice("cuDeviceGetUuid", device, _ =>
    {
        if (uuid is null)
            return CuResult.InvalidValue;
        new Span<byte>(uuid, 16).Clear();
        *(int*)uuid = device;
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult DeviceTotalMem(nuint* bytes, int device) => DriverCall.OnDevice("cuDeviceTotalMem", device, gpu =>
    {
        if (bytes is null)
            return CuResult.InvalidValue;
        *bytes = (nuint)gpu.Options.MemoryBytes;
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult DeviceGetAttribute(int* value, CuDeviceAttribute attribute, int device) => DriverCall.OnDevice("cuDeviceGetAttribute", device, gpu =>
    {
        if (value is null)
            return CuResult.InvalidValue;
        int? answer = attribute switch
        {
            CuDeviceAttribute.MaxThreadsPerBlock or CuDeviceAttribute.MaxBlockDimX or CuDeviceAttribute.MaxBlockDimY => LaunchLimits.MaxThreads,
            CuDeviceAttribute.MaxBlockDimZ => LaunchLimits.MaxBlockZ,
            CuDeviceAttribute.MaxGridDimX => int.MaxValue,
            CuDeviceAttribute.MaxGridDimY or CuDeviceAttribute.MaxGridDimZ => LaunchLimits.MaxGridYZ,
            CuDeviceAttribute.MaxSharedMemoryPerBlock => SoftFunction.DefaultSharedLimit,
            CuDeviceAttribute.MaxSharedMemoryPerBlockOptin => LaunchLimits.MaxSharedOptin,
            CuDeviceAttribute.SharedMemoryPerMultiprocessor => LaunchLimits.MaxSharedOptin + 1024,
            CuDeviceAttribute.RegistersPerMultiprocessor => 65536,
            CuDeviceAttribute.MaxThreadsPerMultiprocessor => 2048,
            CuDeviceAttribute.WarpSize => 32,
            CuDeviceAttribute.ClockRateKilohertz => 1_000_000,
            CuDeviceAttribute.MemoryClockRateKilohertz => 1_000_000,
            CuDeviceAttribute.MemoryBusWidthBits => 4096,
            CuDeviceAttribute.L2CacheBytes => 40 << 20,
            CuDeviceAttribute.MultiprocessorCount => gpu.Options.Multiprocessors,
            CuDeviceAttribute.ComputeCapabilityMajor => gpu.Options.ComputeCapability.Major,
            CuDeviceAttribute.ComputeCapabilityMinor => gpu.Options.ComputeCapability.Minor,
            CuDeviceAttribute.Integrated or CuDeviceAttribute.ComputeMode => 0,
            CuDeviceAttribute.ConcurrentKernels or CuDeviceAttribute.UnifiedAddressing => 1,
            CuDeviceAttribute.MemoryPoolsSupported => gpu.Options.MemoryPools ? 1 : 0,
            CuDeviceAttribute.AsyncEngineCount => 2,
            _ => null,
        };
        if (answer is null)
            throw new DriverException(CuResult.InvalidValue, $"device attribute {(int)attribute} is unknown");
        *value = answer.Value;
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult PrimaryContextRetain(nint* context, int device) => DriverCall.OnDevice("cuDevicePrimaryCtxRetain", device, gpu =>
    {
        if (context is null)
            return CuResult.InvalidValue;
        gpu.PrimaryContext ??= new SoftContext(gpu);
        gpu.PrimaryReferences++;
        *context = gpu.PrimaryContext.Handle;
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult PrimaryContextRelease(int device) => DriverCall.OnDevice("cuDevicePrimaryCtxRelease", device, gpu =>
    {
        if (gpu.PrimaryContext is null)
            throw new DriverException(CuResult.InvalidContext, "the primary context is not retained");
        if (--gpu.PrimaryReferences == 0)
        {
            gpu.PrimaryContext.Destroy();
            gpu.PrimaryContext = null;
        }
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult PrimaryContextSetFlags(int device, uint flags) =>
        DriverCall.OnDevice("cuDevicePrimaryCtxSetFlags", device, _ => flags <= 0x1f ? CuResult.Success : CuResult.InvalidValue);

    [UnmanagedCallersOnly]
    public static CuResult PrimaryContextGetState(int device, uint* flags, int* active) => DriverCall.OnDevice("cuDevicePrimaryCtxGetState", device, gpu =>
    {
        if (flags is null || active is null)
            return CuResult.InvalidValue;
        *flags = 0;
        *active = gpu.PrimaryContext is null ? 0 : 1;
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult ContextSetCurrent(nint context) => DriverCall.Free(() =>
    {
        if (context == 0)
        {
            DriverCall.Current = null;
            return CuResult.Success;
        }
        if (SoftDevices.OfHandle(context)?.FindHandle(context) is not SoftContext target)
            return CuResult.InvalidContext;
        if (target.Destroyed)
            return CuResult.ContextIsDestroyed;
        DriverCall.Current = target;
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult ContextGetCurrent(nint* context) => DriverCall.Free(() =>
    {
        if (context is null)
            return CuResult.InvalidValue;
        *context = DriverCall.Current?.Handle ?? 0;
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult ContextSynchronize() => DriverCall.InContext("cuCtxSynchronize", context =>
    {
        context.ForbidInCapture();
        context.Gpu.Count(static c => c with { HostSyncs = c.HostSyncs + 1 });
        context.FinishAll();
        return CuResult.Success;
    });

    private static CuResult CopyText(byte* target, int length, string text)
    {
        if (target is null || length <= 0)
            return CuResult.InvalidValue;
        var bytes = Encoding.ASCII.GetBytes(text);
        int count = Math.Min(bytes.Length, length - 1);
        bytes.AsSpan(0, count).CopyTo(new Span<byte>(target, length));
        target[count] = 0;
        return CuResult.Success;
    }

    /// <summary>CUDA_ERROR_OUT_OF_MEMORY from OutOfMemory; the texts live as long as the process, as in a driver.</summary>
    private static Dictionary<CuResult, nint> MakeErrorNames()
    {
        Dictionary<CuResult, nint> names = [];
        foreach (var value in Enum.GetValues<CuResult>())
        {
            var text = new StringBuilder(value == CuResult.Success ? "CUDA" : "CUDA_ERROR");
            foreach (char c in value.ToString())
                text.Append(char.IsUpper(c) ? "_" : "").Append(char.ToUpperInvariant(c));
            names[value] = Marshal.StringToCoTaskMemUTF8(text.ToString());
        }
        return names;
    }
}
