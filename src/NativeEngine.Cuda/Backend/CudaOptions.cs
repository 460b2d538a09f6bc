namespace NativeEngine.Cuda;

/// <summary>How a CUDA backend computes and keeps memory.</summary>
public sealed record CudaOptions
{
    /// <summary>Lets matrix products and convolutions round their inputs to TF32 on tensor cores.</summary>
    public bool AllowTf32 { get; init; }

    /// <summary>Only algorithms that give the same bits on every run.</summary>
    public bool Deterministic { get; init; } = true;

    /// <summary>Convolutions and products go through cuDNN and cuBLAS; otherwise through the engine's own kernels.</summary>
    public bool UseLibraries { get; init; } = true;

    /// <summary>Measures cuDNN's algorithms once per shape; otherwise its heuristic chooses.</summary>
    public bool FindAlgorithms { get; init; } = true;

    /// <summary>The most workspace one algorithm may take.</summary>
    public long WorkspaceLimit { get; init; } = 256L << 20;

    /// <summary>Every tensor is a driver allocation of its own, so that the software GPU sees each one's borders. Slower; for checks.</summary>
    public bool SeparateAllocations { get; init; }
}
