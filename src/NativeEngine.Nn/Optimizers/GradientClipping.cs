using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Limits on gradients, in place. (The norm of all gradients is limited inside the optimizer's update.)</summary>
public static class GradientClipping
{
    /// <summary>Smallest weight norm that counts in <see cref="Adaptive"/>.</summary>
    private const double SmallestWeightNorm = 1e-3;

    /// <summary>g = min(max(g, -limit), limit).</summary>
    public static void ByValue(IEnumerable<Parameter> parameters, double limit)
    {
        foreach (var parameter in parameters)
        {
            if (parameter.Tensor.Grad is { } gradient)
                gradient.Engine.Backend.Unary(UnaryOp.Clamp, new(-limit, limit), gradient, gradient);
        }
    }

    /// <summary>
    /// Adaptive gradient clipping (Brock et al. 2021): per output unit (row, filter, or the whole of a vector) with norms over the rest,
    /// g *= min(1, ratio·max(‖w‖, 1e-3) / ‖g‖).
    /// </summary>
    public static void Adaptive(IEnumerable<Parameter> parameters, double ratio)
    {
        foreach (var parameter in parameters)
        {
            if (parameter.Tensor.Grad is not { } gradient || gradient.Count == 0)
                continue;
            var engine = gradient.Engine;
            using var _ = engine.NoGrad();
            using var step = engine.BeginStep();
            var allowed = UnitNorm(parameter.Tensor).Clamp(SmallestWeightNorm, double.MaxValue) * ratio;
            var factor = (allowed / UnitNorm(gradient).Clamp(1e-6, double.MaxValue)).Clamp(0, 1);
            engine.Backend.Copy(gradient * factor, gradient, GradMode.Overwrite);
        }
    }

    /// <summary>Takes the mean over all dimensions but the first off every gradient of more than one dimension (Yong et al. 2020).</summary>
    public static void Centralize(IEnumerable<Parameter> parameters)
    {
        foreach (var parameter in parameters)
        {
            if (parameter.Tensor.Grad is not { } gradient || gradient.Shape.Rank < 2 || gradient.Count == 0)
                continue;
            var engine = gradient.Engine;
            using var _ = engine.NoGrad();
            using var step = engine.BeginStep();
            gradient.AddInPlace(gradient.Mean(AllButFirst(gradient), keepDim: true), -1);
        }
    }

    private static Tensor UnitNorm(Tensor x) => (x * x).Sum(x.Shape.Rank < 2 ? [] : AllButFirst(x), keepDim: true).Sqrt();

    private static int[] AllButFirst(Tensor x) => [.. Enumerable.Range(1, x.Shape.Rank - 1)];
}
