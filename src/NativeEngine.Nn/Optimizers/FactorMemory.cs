namespace NativeEngine.Nn;

/// <summary>Numbers that an optimizer carries from step to step beside its tensors.</summary>
public sealed class FactorMemory
{
    /// <summary>The learning rate of the first step, which adabound's bounds refer to; 0 before it.</summary>
    public double BaseLr { get; set; }

    /// <summary>Product of nadam's momenta up to <see cref="ProductStep"/>.</summary>
    public double MomentumProduct { get; set; } = 1;

    /// <summary>The step up to which <see cref="MomentumProduct"/> reaches.</summary>
    public long ProductStep { get; set; }
}
