using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Layer normalisation over the last dimensions (Ba et al. 2016); weight and bias have the normalised shape.</summary>
public sealed class LayerNorm : Module
{
    private readonly Tensor _weight, _bias;
    private readonly int _dims;
    private readonly double _eps;

    /// <summary>Normalises the trailing extents <paramref name="normalizedShape"/>.</summary>
    public LayerNorm(Engine engine, Shape normalizedShape, double eps = 1e-5) : base(engine)
    {
        (_dims, _eps) = (normalizedShape.Rank, eps);
        _weight = AddParameter("weight", normalizedShape, ParameterKind.Norm, Init.Constant(1));
        _bias = AddParameter("bias", normalizedShape, ParameterKind.Norm, Init.Constant(0));
    }

    /// <param name="x">[…, normalised extents]</param>
    protected override Tensor Compute(Tensor x) => x.LayerNorm(_weight, _bias, _eps, _dims);
}
