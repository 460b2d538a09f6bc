using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Group normalisation (Wu and He 2018): statistics per image and group of channels; weight and bias [C].</summary>
public sealed class GroupNorm : Module
{
    private readonly Tensor _weight, _bias;
    private readonly int _groups;
    private readonly double _eps;

    /// <summary>Normalises <paramref name="channels"/> in <paramref name="groups"/> groups.</summary>
    public GroupNorm(Engine engine, int groups, int channels, double eps = 1e-5) : base(engine)
    {
        (_groups, _eps) = (groups, eps);
        _weight = AddParameter("weight", [channels], ParameterKind.Norm, Init.Constant(1));
        _bias = AddParameter("bias", [channels], ParameterKind.Norm, Init.Constant(0));
    }

    /// <param name="x">[N, C, H, W]</param>
    protected override Tensor Compute(Tensor x) => x.GroupNorm(_groups, _weight, _bias, _eps);
}
