using System.CommandLine;
using System.Globalization;
using NativeEngine.Cli.KernelLaunch;
using NativeEngine.Core;
using NativeEngine.Cuda.Kernels.Checks;
using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine kernels …</c>: the engine's own GPU kernels, on the software GPU or on hardware.</summary>
internal static class KernelsCommand
{
    public static Command Create() => new("kernels", "list, check, measure and trace the engine's GPU kernels or those of any PTX file")
    {
        KernelsListCommand.Create(),
        KernelsCheckCommand.Create(),
        KernelsBenchCommand.Create(),
        KernelsTraceCommand.Create(),
        KernelsRunCommand.Create(),
    };

    /// <summary>The option that names the device kernels run on.</summary>
    internal static Option<string> DeviceOption() =>
        new("--device") { Description = "soft (the software GPU, needs no GPU) or cuda[:i]", DefaultValueFactory = _ => "soft" };

    /// <summary>Opens a device that runs single kernels.</summary>
    internal static IKernelDevice Open(string device, LaunchOptions options, bool trackInitialised)
    {
        return device == "soft" ? new SoftKernelDevice(options, trackInitialised) : OpenCuda(device);
    }

    /// <summary>Opens a device that runs kernels of any PTX file.</summary>
    /// <param name="device">Its name.</param>
    /// <param name="options">How the software GPU runs launches, in place of what their case says.</param>
    /// <param name="trackInitialised">Find reads of memory that was never written.</param>
    internal static IPtxDevice OpenPtx(string device, LaunchOptions? options, bool trackInitialised) =>
        device == "soft" ? new SoftPtxDevice(options, trackInitialised) : new CudaPtxDevice(OpenCuda(device));

    private static CudaKernelDevice OpenCuda(string device)
    {
        int ordinal = 0;
        bool cuda = device == "cuda" || device.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(device.AsSpan(5), NumberStyles.None, null, out ordinal);
        if (!cuda)
            throw new UsageException($"unknown device '{device}'{NearestName.Suggest(device, ["soft", "cuda"])}; kernels run on soft or cuda[:i]");
        return new CudaKernelDevice(CudaLibraries.Find(CudaSearchPaths.FromEnvironment()).Require(), ordinal, $"cuda:{ordinal}");
    }
}
