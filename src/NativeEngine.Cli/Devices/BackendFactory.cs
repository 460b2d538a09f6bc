using NativeEngine.Core;
using NativeEngine.Cpu;

namespace NativeEngine.Cli.Devices;

/// <summary>A backend and why it was chosen.</summary>
/// <param name="Backend">The device.</param>
/// <param name="Description">For the header: <c>cpu (2 threads, AVX-512)</c>.</param>
/// <param name="Reason">Why <c>auto</c> chose it, or null when the device was named.</param>
internal sealed record ChosenBackend(IBackend Backend, string Description, string? Reason);

/// <summary>The only place that names concrete backends: <c>cpu</c>, <c>cuda[:i]</c>, <c>soft</c> and <c>auto</c>.</summary>
internal static class BackendFactory
{
    /// <summary>Creates the backend for a device name; a device that cannot be used is a <see cref="DeviceException"/>.</summary>
    public static ChosenBackend Create(string device, int threads = 0, WinogradMode winograd = WinogradMode.Auto)
    {
        if (threads < 0 || threads > 1024)
            throw new UsageException($"--threads {threads}: expected 0 (all cores) to 1024");
        return device switch
        {
            "cpu" => Cpu(threads, winograd, null),
            "auto" => Cpu(threads, winograd, NoGpu()),
            _ when device == "cuda" || device.StartsWith("cuda:", StringComparison.Ordinal) => throw new DeviceException($"device '{device}' cannot be used: {NoGpu()}; use --device cpu"),
            _ => throw new UsageException($"unknown device '{device}'{NearestName.Suggest(device, ["auto", "cpu", "cuda", "soft"])}; expected auto, cpu, cuda[:i] or soft"),
        };
    }

    /// <summary>The SIMD level the CPU backend runs with.</summary>
    public static string SimdLevel =>
        System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated ? "AVX-512"
        : System.Runtime.Intrinsics.Vector256.IsHardwareAccelerated ? "AVX2"
        : System.Runtime.Intrinsics.Vector128.IsHardwareAccelerated ? "128-bit"
        : "scalar";

    private static ChosenBackend Cpu(int threads, WinogradMode winograd, string? reason)
    {
        int count = threads == 0 ? Environment.ProcessorCount : threads;
        return new(new CpuBackend(new CpuOptions { Threads = count, Winograd = winograd }), $"cpu ({count} thread{(count == 1 ? "" : "s")}, {SimdLevel})", reason);
    }

    private static string NoGpu() => "no NVIDIA driver library (libcuda.so.1) was found";
}
