using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>A classifier: images [N, C, H, W] to pooled features [N, F] to logits [N, classes].</summary>
public abstract class Model(Engine engine, ModelSettings settings) : Module(engine)
{
    /// <summary>Catalogue name: <c>resnet18</c>.</summary>
    public string Architecture { get; internal set; } = "";

    /// <summary>Sizes and rates the model was made with.</summary>
    public ModelSettings Settings { get; } = settings;

    /// <summary>The layer that ends in the logits: <c>fc</c>, <c>classifier.6</c>. It alone depends on the number of classes.</summary>
    public abstract string Head { get; }

    /// <summary>The first convolution or linear layer, which alone depends on the number of input channels: <c>conv1</c>.</summary>
    public abstract string Stem { get; }

    /// <summary>Shape of a batch of inputs: [batch, C, H, W].</summary>
    public Shape InputShape(int batch) => [batch, Settings.InChans, Settings.ImgSize, Settings.ImgSize];

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

    /// <summary>Freezes everything but the <see cref="Head"/>.</summary>
    public void FreezeBackbone() => SetFrozen(p => !p.Name.StartsWith($"{Head}.", StringComparison.Ordinal));

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
