using System.Globalization;
using NativeEngine.Cli.Numerics;
using NativeEngine.Cli.Shell;
using NativeEngine.Core;
using NativeEngine.Cpu;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cuda;
using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.Cli.Devices;

/// <summary>A backend and why it was chosen.</summary>
/// <param name="Backend">The device.</param>
/// <param name="Description">For the header: <c>cpu (2 threads, AVX-512)</c>.</param>
/// <param name="Reason">Why <c>auto</c> chose it, or null when the device was named.</param>
internal sealed record ChosenBackend(IBackend Backend, string Description, string? Reason)
{
    /// <summary>What a person should know about it, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>The only place that names concrete backends: <c>cpu</c>, <c>cuda[:i]</c>, <c>soft</c> and <c>auto</c>.</summary>
internal static class BackendFactory
{
    private const string FaultVariable = "NENGINE_SOFT_FAULTS";

    /// <summary>Creates the backend for a choice; a device that cannot be used is a <see cref="DeviceException"/>.</summary>
    public static ChosenBackend Create(DeviceChoice choice)
    {
        string device = choice.Device;
        if (choice.Threads < 0 || choice.Threads > 1024)
            throw new UsageException($"--threads {choice.Threads}: expected 0 (all cores) to 1024");
        return device switch
        {
            "cpu" => Cpu(choice, null),
            "auto" => Auto(choice),
            "soft" => Soft(choice),
            _ when device == "cuda" || device.StartsWith("cuda:", StringComparison.Ordinal) =>
                Cuda(choice, CudaLibraries.Find(CudaSearchPaths.FromEnvironment()), null),
            _ => throw new UsageException($"unknown device '{device}'{NearestName.Suggest(device, ["auto", "cpu", "cuda", "soft"])}; expected auto, cpu, "
                + "cuda[:i] or soft"),
        };
    }

    /// <summary>True when a GPU of this machine would train.</summary>
    public static bool IsGpu(string device) => device.StartsWith("cuda", StringComparison.Ordinal)
        || (device == "auto" && CudaLibraries.Find(CudaSearchPaths.FromEnvironment()).Probe.Error is null);

    private static ChosenBackend Cpu(DeviceChoice choice, string? reason)
    {
        int count = choice.Threads == 0 ? Environment.ProcessorCount : choice.Threads;
        return new(new CpuBackend(new CpuOptions { Threads = count, Winograd = choice.Winograd }),
            $"cpu ({count} thread{(count == 1 ? "" : "s")}, {SimdLevels.Widest.Name()}{(choice.Tf32 ? ", tf32 means nothing here" : "")})", reason);
    }

    private static ChosenBackend Auto(DeviceChoice choice)
    {
        var paths = CudaSearchPaths.FromEnvironment();
        var libraries = CudaLibraries.Find(paths);
        if (libraries.Probe.Error is not null)
            WarnOf(paths);
        return libraries.Probe.Error is { } error ? Cpu(choice, $"no CUDA: {error.TrimEnd('.')}, so the CPU is used")
            : Cuda(choice with { Device = "cuda" }, libraries, "a GPU and its libraries were found");
    }

    /// <summary>A path that was named for the vendor's libraries and leads to none is said, whatever is found elsewhere.</summary>
    private static void WarnOf(CudaSearchPaths paths)
    {
        foreach (string problem in paths.Problems)
            Terminal.Warn(problem);
    }

    private static ChosenBackend Cuda(DeviceChoice choice, CudaLibraries libraries, string? reason)
    {
        string device = choice.Device;
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
        WarnOf(CudaSearchPaths.FromEnvironment());
        return Describe(CudaBackend.Create(libraries.Require(), ordinal, $"cuda:{ordinal}", Options(choice)), choice, reason);
    }

    private static ChosenBackend Soft(DeviceChoice choice)
    {
        var options = new SoftGpuOptions { Threads = choice.Threads, CountMemory = choice.CountMemory, Found = static f => Terminal.Warn($"device soft: {f}") };
        if (Environment.GetEnvironmentVariable(FaultVariable) is { Length: > 0 } faults)
            options = SoftFaultPlan.Apply(faults, options);
        return Describe(new SoftDevice(options).CreateBackend(Options(choice)), choice, null);
    }

    private static CudaOptions Options(DeviceChoice choice) => new() { AllowTf32 = choice.Tf32, Deterministic = choice.Deterministic };

    private static ChosenBackend Describe(CudaBackend backend, DeviceChoice choice, string? reason)
    {
        var notes = new List<string>();
        if (!choice.UseBanned)
        {
            var memory = NumericsMemory.Load();
            notes.AddRange(memory.Apply(backend));
            if (memory.Problem is { } problem)
                notes.Add(problem);
        }

        foreach (string note in notes)
            Terminal.Warn(note);
        return new(backend, $"{backend.Name} ({backend.DeviceInfo.Model}, {backend.DeviceInfo.MemoryBytes >> 20} MiB, TF32 "
            + $"{(backend.Options.AllowTf32 ? "on" : "off")}{(backend.Options.Deterministic ? "" : ", not deterministic")})", reason)
        { Notes = notes };
    }
}
