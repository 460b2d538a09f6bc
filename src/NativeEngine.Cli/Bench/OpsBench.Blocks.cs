using NativeEngine.Core;

namespace NativeEngine.Cli.Bench;

/// <summary>Whole blocks of a network, forward and backward.</summary>
internal sealed partial class OpsBench
{
    /// <summary>The inverted residual of EfficientNet (Tan and Le 2019) in shapes of its B0: 1x1 expansion, depthwise window, squeeze and excitation, 1x1
    /// projection.</summary>
    private IEnumerable<Case> InvertedResiduals()
    {
        yield return InvertedResidual(8, 56, 24, 144, 3);
        yield return InvertedResidual(8, 28, 40, 240, 5);
        yield return InvertedResidual(8, 14, 112, 672, 5);
        yield return InvertedResidual(8, 7, 192, 1152, 5);
    }

    private Case InvertedResidual(int batch, int side, int channels, int wide, int window)
    {
        int squeezed = channels / 4;
        double macs = (double)batch * side * side * (2.0 * channels * wide + wide * window * window) + 2.0 * batch * wide * squeezed;
        return new Case($"mbconv {batch}x{side}x{side}x{channels} k{window} fwd+bwd", 6 * macs, 0, () =>
        {
            Tensor x = Leaf([batch, channels, side, side]), dy = Random([batch, channels, side, side]).Keep();
            Tensor expand = Leaf([wide, channels, 1, 1]), depthwise = Leaf([wide, 1, window, window]), project = Leaf([channels, wide, 1, 1]);
            Tensor down = Leaf([squeezed, wide, 1, 1]), downBias = Leaf([squeezed]), up = Leaf([wide, squeezed, 1, 1]), upBias = Leaf([wide]);
            Tensor[] scales = [Leaf([wide]), Leaf([wide]), Leaf([channels])], shifts = [Leaf([wide]), Leaf([wide]), Leaf([channels])];
            Tensor[] leaves = [x, expand, depthwise, project, down, downBias, up, upBias, .. scales, .. shifts];
            Tensor Norm(Tensor y, int i) => y.BatchNorm(scales[i], shifts[i], null, null, training: true);
            return () =>
            {
                using var step = engine.BeginStep();
                foreach (Tensor leaf in leaves) leaf.ZeroGrad();
                Tensor y = Norm(x.Conv2d(expand), 0).Silu();
                y = Norm(y.Conv2d(depthwise, padding: (window / 2, window / 2), groups: wide), 1).Silu();
                Tensor gate = y.AdaptiveAvgPool2d((1, 1)).Conv2d(down, downBias).Silu().Conv2d(up, upBias).Sigmoid();
                (Norm((y * gate).Conv2d(project), 2) + x).Backward(dy);
            };
        });
    }

    private Tensor Leaf(Shape shape)
    {
        Tensor leaf = Random(shape).Keep();
        leaf.RequiresGrad = true;
        return leaf;
    }
}
