using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>y = x · wᵀ + bias; weight [out, in], bias [out].</summary>
public sealed class Linear : Module
{
    private readonly Tensor _weight;
    private readonly Tensor? _bias;

    /// <summary>A linear layer; without initialisers both start uniform within 1/√in, as PyTorch's.</summary>
    public Linear(Engine engine, int inFeatures, int outFeatures, bool bias = true, Initializer? weightInit = null, Initializer? biasInit = null) : base(engine)
    {
        InFeatures = inFeatures;
        OutFeatures = outFeatures;
        _weight = AddParameter("weight", [outFeatures, inFeatures], ParameterKind.Weight, weightInit ?? Init.FanInUniform(inFeatures));
        _bias = bias ? AddParameter("bias", [outFeatures], ParameterKind.Bias, biasInit ?? Init.FanInUniform(inFeatures)) : null;
    }

    /// <summary>Length of the input rows.</summary>
    public int InFeatures { get; }

    /// <summary>Length of the output rows.</summary>
    public int OutFeatures { get; }

    /// <param name="x">[…, in]</param>
    protected override Tensor Compute(Tensor x) => x.Linear(_weight, _bias);
}
