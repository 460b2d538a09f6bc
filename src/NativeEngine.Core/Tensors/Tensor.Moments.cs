namespace NativeEngine.Core;

public sealed partial class Tensor
{
    private Tensor? _moments;
    private int _momentsVersion;

    /// <summary>
    /// [2, C]: μ and Σ(x - μ)² of each channel, gathered by the operation that wrote this tensor, for the batch norm behind it; null when
    /// nobody did, or when the tensor was changed since.
    /// </summary>
    internal Tensor? Moments
    {
        get => _moments is { IsFreed: false } && _momentsVersion == Version ? _moments : null;
        set => (_moments, _momentsVersion) = (value, Version);
    }
}
