using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>A classifier: images [N, C, H, W] to pooled features [N, F] to logits [N, classes].</summary>
public abstract class Model(Engine engine, ModelSettings settings) : Network(engine, settings)
{
    /// <summary>
    /// Pooled features [N, F], the input of <see cref="Classify"/>; a map [N, F, H, W] where a model classifies before it pools (SqueezeNet).
    /// </summary>
    /// <param name="x">[N, C, H, W]</param>
    public Tensor Features(Tensor x) => Run(x, ComputeFeatures);

    /// <summary>Logits of pooled features.</summary>
    /// <param name="features">[N, F], of <see cref="Features"/></param>
    public Tensor Classify(Tensor features) => Run(features, ComputeLogits);

    /// <summary>
    /// Shape of the features of one image, and the layers in front of the classifier that draw random numbers in training: dropout and
    /// stochastic depth with a rate above 0. Runs one empty image.
    /// </summary>
    public (Shape Shape, IReadOnlyList<string> Random) DescribeFeatures()
    {
        var random = new List<string>();
        using var evaluation = PauseTraining();
        Observe((module, _, _) =>
        {
            if (module is Dropout { P: > 0 } or DropPath { P: > 0 })
                random.Add(module.Name);
        });
        try
        {
            using var noGrad = Engine.NoGrad();
            using var step = Engine.BeginStep();
            return (Features(Engine.Zeros(InputShape(1))).Shape, random);
        }
        finally
        {
            Observe(null);
        }
    }

    /// <summary>Images to pooled features.</summary>
    protected abstract Tensor ComputeFeatures(Tensor x);

    /// <summary>Pooled features to logits.</summary>
    protected abstract Tensor ComputeLogits(Tensor features);

    /// <inheritdoc/>
    protected sealed override Tensor Compute(Tensor x)
    {
        if (x.Shape.Rank != 4 || x.Shape[1] != Settings.InChans)
            throw new ShapeException(Architecture, $"input {x.Shape}: expects [N,{Settings.InChans},H,W]");
        return ComputeLogits(ComputeFeatures(x));
    }
}
