using NativeEngine.Core;
using NativeEngine.Cpu;

namespace NativeEngine;

/// <summary>Which device, and how it computes.</summary>
public sealed record DeviceOptions
{
    /// <summary>The table of those that a person sets.</summary>
    public static IReadOnlyList<Setting> Settings { get; } = Setting.AllOf<DeviceOptions>();

    /// <summary>
    /// <c>auto</c> (a GPU where one can be used, else the CPU), <c>cpu</c>, <c>cuda</c>, <c>cuda:N</c>, or <c>soft</c>: the software GPU, which runs the
    /// kernels of a GPU on the CPU, slowly and watched.
    /// </summary>
    [Setting("device", "auto | cpu | cuda[:i] | soft", Elsewhere = "gpu gpus cuda accelerator usecuda usegpu gpuid")]
    public string Device { get; init; } = "auto";

    /// <summary>Threads of the CPU backend or the software GPU; 0 for all cores. Results are the same bits for any number.</summary>
    [Setting("device", "compute threads of the CPU and of the software GPU; 0: all cores", Range = "0..1024", Elsewhere = "numthreads nthreads cpus")]
    public int Threads { get; init; }

    /// <summary>Which 3 x 3 convolutions of the CPU backend use Winograd's algorithm, which rounds otherwise.</summary>
    [Setting("device", "3x3 convolutions of the CPU by Winograd's algorithm: off | f2 | f4 | auto")]
    public WinogradMode Winograd { get; init; } = WinogradMode.Auto;

    /// <summary>Products and convolutions of a GPU may round their inputs to TF32.</summary>
    [Setting("device", "let products and convolutions of a GPU round their inputs to TF32", Elsewhere = "allowtf32")]
    public bool Tf32 { get; init; }

    /// <summary>Only algorithms that give the same bits on every run.</summary>
    [Setting("device", "only algorithms of a GPU that give the same bits on every run")]
    public bool Deterministic { get; init; } = true;

    /// <summary>The software GPU counts the memory traffic of its kernels, which makes them slower.</summary>
    public bool CountMemory { get; init; }

    /// <summary>Uses library algorithms that were found wrong on this GPU, too (<see cref="NumericsMemory"/>).</summary>
    public bool UseBanned { get; init; }

    /// <summary>Is told what a person should know: an unusable path, an algorithm that is not used, a finding of the software GPU.</summary>
    public Action<string>? Warn { get; init; }

    /// <summary>True where the device is a GPU of this machine.</summary>
    public bool IsGpu => DeviceOpening.IsGpu(Device);

    /// <summary>Opens the device.</summary>
    /// <exception cref="DeviceException">It cannot be used; says why.</exception>
    /// <exception cref="UsageException">No device has this name.</exception>
    public OpenDevice Open() => DeviceOpening.Open(this);
}
