using System.Globalization;
using NativeEngine.Core;
using NativeEngine.Cpu;
using NativeEngine.Cuda;
using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;

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
    /// <param name="device">The name.</param>
    /// <param name="threads">Threads of the CPU backend or the software GPU; 0 for all cores.</param>
    /// <param name="winograd">Winograd convolutions of the CPU backend.</param>
    /// <param name="countMemory">The software GPU counts the memory traffic of its kernels, which makes them slower.</param>
    public static ChosenBackend Create(string device, int threads = 0, WinogradMode winograd = WinogradMode.Auto, bool countMemory = false)
    {
        if (threads < 0 || threads > 1024)
            throw new UsageException($"--threads {threads}: expected 0 (all cores) to 1024");
        return device switch
        {
            "cpu" => Cpu(threads, winograd, null),
            "auto" => Auto(threads, winograd),
            "soft" => Soft(threads, countMemory),
            _ when device == "cuda" || device.StartsWith("cuda:", StringComparison.Ordinal) => Cuda(device, CudaLibraries.Find(CudaSearchPaths.FromEnvironment()), null),
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

    private static ChosenBackend Auto(int threads, WinogradMode winograd)
    {
        var libraries = CudaLibraries.Find(CudaSearchPaths.FromEnvironment());
        return libraries.Probe.Error is { } error ? Cpu(threads, winograd, $"no CUDA: {error}") : Cuda("cuda", libraries, "a GPU and its libraries were found");
    }

    private static ChosenBackend Cuda(string device, CudaLibraries libraries, string? reason)
    {
        int ordinal = 0;
        if (device.Length > 4 && !int.TryParse(device.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out ordinal))
            throw new UsageException($"device '{device}': expected cuda or cuda:N with the number of a GPU");
        if (libraries.Probe.Error is { } error)
            throw new DeviceException($"device '{device}' cannot be used: {error} Use --device cpu; 'nengine doctor' shows what was tried.");
        if (ordinal >= libraries.Probe.DeviceCount)
            throw new DeviceException($"device '{device}' cannot be used: this machine has {libraries.Probe.DeviceCount} GPU{(libraries.Probe.DeviceCount == 1 ? "" : "s")}.");
        return Describe(CudaBackend.Create(libraries.Require(), ordinal, $"cuda:{ordinal}"), reason);
    }

    private static ChosenBackend Soft(int threads, bool countMemory) => Describe(new SoftDevice(new SoftGpuOptions { Threads = threads, CountMemory = countMemory }).CreateBackend(), null);

    private static ChosenBackend Describe(CudaBackend backend, string? reason) =>
        new(backend, $"{backend.Name} ({backend.DeviceInfo.Model}, {backend.DeviceInfo.MemoryBytes >> 20} MiB, TF32 {(backend.Options.AllowTf32 ? "on" : "off")})", reason);
}
