namespace NativeEngine.Cpu;

/// <summary>How a <see cref="CpuBackend"/> works. Only <see cref="Winograd"/> changes roundings; the rest changes speed alone.</summary>
public sealed record CpuOptions
{
    /// <summary>Threads per operation; 0 takes one per core. Results are the same bits for any number.</summary>
    public int Threads { get; init; }

    /// <summary>Which 3 x 3 convolutions use Winograd's algorithm.</summary>
    public WinogradMode Winograd { get; init; } = WinogradMode.Auto;

    /// <summary>Fills fresh memory with NaN, so that tests notice reads of undefined content.</summary>
    public bool Poison { get; init; }
}
