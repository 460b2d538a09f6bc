using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>An optimizer that is one update rule of the backend: all parameters in one call per step.</summary>
public abstract record FusedSettings : OptimizerSettings
{
    /// <summary>The rule.</summary>
    public abstract OptimizerRule Rule { get; }

    /// <summary>The rule's state tensors under PyTorch's names, the first is State1; null for one that is not used, empty for one whose contents do not outlive
    /// the step.</summary>
    public abstract IReadOnlyList<string?> Slots { get; }

    /// <summary>What the state tensors hold before the first step.</summary>
    public virtual double SlotStart => 0;

    /// <summary>Takes the mean off every gradient of more than one dimension first (Yong et al. 2020).</summary>
    public virtual bool CentralizesGradients => false;

    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<ParameterGroup> groups, Clipping clipping = default)
    {
        Validate();
        return new FusedOptimizer(this, groups, clipping);
    }

    /// <summary>Fills in the numbers of one step, in double.</summary>
    /// <param name="args">Rule, learning rate and number of the step, from 1.</param>
    /// <param name="memory">What is carried from step to step beside the tensors.</param>
    protected internal abstract OptimizerArgs Fill(OptimizerArgs args, FactorMemory memory);
}
