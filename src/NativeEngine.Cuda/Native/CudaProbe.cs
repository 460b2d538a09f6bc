using System.Globalization;
using System.Text;

namespace NativeEngine.Cuda.Native;

/// <summary>Everything <c>doctor</c> says about the GPU libraries of this machine.</summary>
/// <param name="Libraries">Driver, cuBLAS, cuBLASLt, cuDNN, in that order.</param>
/// <param name="DriverVersion">cuDriverGetVersion: 1000 * major + 10 * minor, zero when there is no driver.</param>
/// <param name="DeviceCount">Number of GPUs the driver shows.</param>
/// <param name="DeviceError">Why no device can be used, or null.</param>
public sealed record CudaProbe(IReadOnlyList<LibraryProbe> Libraries, int DriverVersion, int DeviceCount, string? DeviceError)
{
    /// <summary>The PTX ISA the committed kernels are written in.</summary>
    public static Version RequiredPtx { get; } = new(6, 3);

    /// <summary>The newest PTX ISA the driver compiles, or null without a driver.</summary>
    public Version? MaximumPtx => PtxVersions.Maximum(DriverVersion);

    /// <summary>Why <c>--device cuda</c> cannot run, as one sentence, or null when it can.</summary>
    public string? Error
    {
        get
        {
            foreach (var library in Libraries)
                if (!library.Usable)
                    return library.Error;
            if (MaximumPtx is { } maximum && maximum < RequiredPtx)
                return $"driver for CUDA {FormatVersion(DriverVersion)} compiles PTX up to {maximum}, the kernels need {RequiredPtx}: update the NVIDIA "
                    + "driver.";
            return DeviceError;
        }
    }

    /// <summary>The report as lines for a person.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        foreach (var library in Libraries)
        {
            text.Append(CultureInfo.InvariantCulture, $"{library.Library,-9} ");
            if (library.Path is not null)
                text.Append(CultureInfo.InvariantCulture,
                    $"{(library.Usable ? "ok     " : "broken ")} {library.Version ?? "version unknown"}  {library.Path}\n");
            else
                text.Append(CultureInfo.InvariantCulture, $"missing  tried {string.Join(", ", library.Attempts.Select(a => a.Path))}\n");
            foreach (var attempt in library.Attempts.Where(a => a.Error is not null && (library.Path is not null || !a.IsAbsent)))
                text.Append(CultureInfo.InvariantCulture, $"            tried {attempt.Path}: {attempt.Error}\n");
            if (library is { Path: not null, Error: not null, MissingRequired.Count: 0 })
                text.Append(CultureInfo.InvariantCulture, $"            {library.Error}\n");
            if (library.MissingRequired.Count > 0)
                text.Append(CultureInfo.InvariantCulture, $"            missing required: {string.Join(", ", library.MissingRequired)}\n");
            if (library.MissingOptional.Count > 0)
                text.Append(CultureInfo.InvariantCulture, $"            missing optional: {string.Join(", ", library.MissingOptional)}\n");
        }
        text.Append(CultureInfo.InvariantCulture,
            $"PTX       kernels need {RequiredPtx}, driver compiles up to {MaximumPtx?.ToString() ?? "nothing (no driver)"}\n");
        text.Append(CultureInfo.InvariantCulture, $"devices   {DeviceCount}{(DeviceError is null ? "" : ": " + DeviceError)}\n");
        return text.ToString();
    }

    /// <summary>12020 as "12.2".</summary>
    internal static string FormatVersion(int driverVersion) => $"{driverVersion / 1000}.{driverVersion % 1000 / 10}";
}
