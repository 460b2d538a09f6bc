using System.Globalization;
using NativeEngine.Core;
using NativeEngine.Cpu;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cuda;
using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine;

/// <summary>The only place that names concrete backends: <c>cpu</c>, <c>cuda[:i]</c>, <c>soft</c> and <c>auto</c>.</summary>
internal static class DeviceOpening
{
    private const string FaultVariable = "NENGINE_SOFT_FAULTS";

    /// <summary>Opens a device; one that cannot be used is a <see cref="DeviceException"/>.</summary>
    public static OpenDevice Open(DeviceOptions options)
    {
        string device = options.Device;
        foreach (var setting in DeviceOptions.Settings)
            setting.Check(setting.Property.GetValue(options));
        return device switch
        {
            "cpu" => Cpu(options, null),
            "auto" => Auto(options),
            "soft" => Soft(options),
            _ when device == "cuda" || device.StartsWith("cuda:", StringComparison.Ordinal) =>
                Cuda(options, CudaLibraries.Find(CudaSearchPaths.FromEnvironment()), null),
            _ => throw new UsageException($"unknown device '{device}'{NearestName.Suggest(device, ["auto", "cpu", "cuda", "soft"])}; expected auto, cpu, "
                + "cuda[:i] or soft"),
        };
    }

    /// <summary>True when a GPU of this machine would train.</summary>
    public static bool IsGpu(string device) => device.StartsWith("cuda", StringComparison.Ordinal)
        || (device == "auto" && CudaLibraries.Find(CudaSearchPaths.FromEnvironment()).Probe.Error is null);

    private static OpenDevice Cpu(DeviceOptions options, string? reason)
    {
        int count = options.Threads == 0 ? Environment.ProcessorCount : options.Threads;
        return new(new CpuBackend(new CpuOptions { Threads = count, Winograd = options.Winograd }),
            $"cpu ({count} thread{(count == 1 ? "" : "s")}, {SimdLevels.Widest.Name()}{(options.Tf32 ? ", tf32 means nothing here" : "")})", reason);
    }

    private static OpenDevice Auto(DeviceOptions options)
    {
        var paths = CudaSearchPaths.FromEnvironment();
        var libraries = CudaLibraries.Find(paths);
        if (libraries.Probe.Error is not null)
            WarnOf(paths, options);
        return libraries.Probe.Error is { } error ? Cpu(options, $"no CUDA: {error.TrimEnd('.')}, so the CPU is used")
            : Cuda(options with { Device = "cuda" }, libraries, "a GPU and its libraries were found");
    }

    /// <summary>A path that was named for the vendor's libraries and leads to none is said, whatever is found elsewhere.</summary>
    private static void WarnOf(CudaSearchPaths paths, DeviceOptions options)
    {
        foreach (string problem in paths.Problems)
            options.Warn?.Invoke(problem);
    }

    private static OpenDevice Cuda(DeviceOptions options, CudaLibraries libraries, string? reason)
    {
        string device = options.Device;
        int ordinal = 0;
        if (device.Length > 4 && !int.TryParse(device.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out ordinal))
            throw new UsageException($"device '{device}': expected cuda or cuda:N with the number of a GPU");
        if (libraries.Probe.Error is { } error)
            throw new DeviceException($"device '{device}' cannot be used: "
                + $"{string.Concat(CudaSearchPaths.FromEnvironment().Problems.Select(p => $"{p}. "))}{error} Use --device cpu; 'nengine doctor' shows "
                    + "what was tried.");
        if (ordinal >= libraries.Probe.DeviceCount)
            throw new DeviceException($"device '{device}' cannot be used: the driver shows {libraries.Probe.DeviceCount} "
                + $"GPU{(libraries.Probe.DeviceCount == 1 ? "" : "s")}"
                + $"{(Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES") is { } visible ? $" (CUDA_VISIBLE_DEVICES is '{visible}')" : "")}.");
        WarnOf(CudaSearchPaths.FromEnvironment(), options);
        return Describe(CudaBackend.Create(libraries.Require(), ordinal, $"cuda:{ordinal}", CudaOf(options)), options, reason);
    }

    private static OpenDevice Soft(DeviceOptions options)
    {
        var soft = new SoftGpuOptions { Threads = options.Threads, CountMemory = options.CountMemory, Found = f => options.Warn?.Invoke($"device soft: {f}") };
        if (Environment.GetEnvironmentVariable(FaultVariable) is { Length: > 0 } faults)
            soft = SoftFaultPlan.Apply(faults, soft);
        return Describe(new SoftDevice(soft).CreateBackend(CudaOf(options)), options, null);
    }

    private static CudaOptions CudaOf(DeviceOptions options) => new() { AllowTf32 = options.Tf32, Deterministic = options.Deterministic };

    private static OpenDevice Describe(CudaBackend backend, DeviceOptions options, string? reason)
    {
        var notes = new List<string>();
        if (!options.UseBanned)
        {
            var memory = NumericsMemory.Load();
            notes.AddRange(memory.Apply(backend));
            if (memory.Problem is { } problem)
                notes.Add(problem);
        }

        foreach (string note in notes)
            options.Warn?.Invoke(note);
        return new(backend, $"{backend.Name} ({backend.DeviceInfo.Model}, {backend.DeviceInfo.MemoryBytes >> 20} MiB, TF32 "
            + $"{(backend.Options.AllowTf32 ? "on" : "off")}{(backend.Options.Deterministic ? "" : ", not deterministic")})", reason)
        { Notes = notes };
    }
}
