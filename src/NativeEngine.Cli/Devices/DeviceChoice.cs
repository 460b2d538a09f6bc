using NativeEngine.Cpu;
using NativeEngine.Train;

namespace NativeEngine.Cli.Devices;

/// <summary>Which device, and how it computes.</summary>
/// <param name="Device"><c>auto</c>, <c>cpu</c>, <c>cuda[:i]</c> or <c>soft</c>.</param>
internal sealed record DeviceChoice(string Device)
{
    /// <summary>Threads of the CPU backend or the software GPU; 0 for all cores.</summary>
    public int Threads { get; init; }

    /// <summary>Winograd convolutions of the CPU backend.</summary>
    public WinogradMode Winograd { get; init; } = WinogradMode.Auto;

    /// <summary>The software GPU counts the memory traffic of its kernels, which makes them slower.</summary>
    public bool CountMemory { get; init; }

    /// <summary>Products and convolutions of a GPU may round their inputs to TF32.</summary>
    public bool Tf32 { get; init; }

    /// <summary>Only algorithms that give the same bits on every run.</summary>
    public bool Deterministic { get; init; } = true;

    /// <summary>What the settings of a training run ask for.</summary>
    public static DeviceChoice Of(TrainOptions options) => new(options.Device)
    {
        Threads = options.Threads,
        Winograd = Enum.Parse<WinogradMode>(options.Winograd, ignoreCase: true),
        Tf32 = options.Tf32,
        Deterministic = options.Deterministic,
    };

    /// <summary>Uses library algorithms that <c>doctor --numerics</c> found wrong, too.</summary>
    public bool UseBanned { get; init; }
}
