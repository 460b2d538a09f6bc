namespace NativeEngine.Cpu;

/// <summary>How a <see cref="CpuBackend"/> works. None of it changes what is computed, only how fast.</summary>
public sealed record CpuOptions
{
    /// <summary>Threads per operation; 0 takes one per core. Results are the same bits for any number.</summary>
    public int Threads { get; init; }

    /// <summary>Fills fresh memory with NaN, so that tests notice reads of undefined content.</summary>
    public bool Poison { get; init; }
}
