using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>VGG (Simonyan and Zisserman 2015), configurations A, B, D and E, without and with batch norm.</summary>
public sealed class Vgg : Model
{
    private const string Paper = "Simonyan, Zisserman: Very deep convolutional networks for large-scale image recognition, ICLR 2015";
    private readonly Sequential _features, _classifier;

    /// <summary>vgg11, 13, 16, 19 and their _bn variants; numbers are convolutions per stage of 64, 128, 256, 512, 512 channels.</summary>
    internal static IEnumerable<ModelDefinition> Definitions =>
        from norm in (bool[])[false, true]
        from plan in ((string Name, int[] Convolutions)[])[("vgg11", [1, 1, 2, 2, 2]), ("vgg13", [2, 2, 2, 2, 2]), ("vgg16", [2, 2, 3, 3, 3]),
            ("vgg19", [2, 2, 4, 4, 4])]
        select new ModelDefinition(norm ? $"{plan.Name}_bn" : plan.Name, Paper, ModelDefinition.ImageNet with { Drop = 0.5 },
            (engine, s) => new Vgg(engine, s, plan.Convolutions, norm));

    private Vgg(Engine engine, ModelSettings s, int[] convolutions, bool norm) : base(engine, s)
    {
        _features = Child("features", new Sequential(engine));
        int channels = s.InChans;
        for (int stage = 0; stage < 5; stage++)
        {
            int width = Math.Min(64 << stage, 512);
            for (int i = 0; i < convolutions[stage]; i++)
            {
                _features.Append(new Conv2d(engine, channels, width, 3, padding: 1, weightInit: Init.KaimingNormal(width * 9), biasInit: Init.Constant(0)));
                if (norm)
                    _features.Append(new BatchNorm2d(engine, width));
                _features.Append(new ReLU(engine));
                channels = width;
            }

            _features.Append(new MaxPool2d(engine, 2));
        }

        _classifier = Child("classifier", new Sequential(engine,
            Dense(512 * 7 * 7, 4096), new ReLU(engine), new Dropout(engine, s.Drop),
            Dense(4096, 4096), new ReLU(engine), new Dropout(engine, s.Drop),
            Dense(4096, s.NumClasses)));

        Linear Dense(int inputs, int outputs) => new(engine, inputs, outputs, weightInit: Init.Normal(0.01), biasInit: Init.Constant(0));
    }

    /// <inheritdoc/>
    public override string Head => "classifier.6";

    /// <inheritdoc/>
    public override string Stem => "features.0";

    /// <inheritdoc/>
    protected override Tensor ComputeFeatures(Tensor x)
    {
        x = _features.Forward(x).AdaptiveAvgPool2d((7, 7)).Flatten();
        return _classifier.Forward(x, ..5);
    }

    /// <inheritdoc/>
    protected override Tensor ComputeLogits(Tensor features) => _classifier.Forward(features, 5..);
}
