namespace NativeEngine.Core;

/// <summary>Where a backward method writes one gradient, and how. A null tensor means that this gradient is not wanted.</summary>
/// <param name="Tensor">The gradient buffer, dense, of the shape of what it is the gradient of; or null.</param>
/// <param name="Mode">Overwrite or accumulate.</param>
public readonly record struct GradTarget(Tensor? Tensor, GradMode Mode)
{
    /// <summary>The gradient nobody asked for.</summary>
    public static GradTarget None => default;

    /// <summary>True when this gradient is to be computed.</summary>
    public bool Wanted => Tensor is not null;

    /// <summary>True when the result is added to what is there.</summary>
    public bool Accumulate => Mode == GradMode.Accumulate;
}
