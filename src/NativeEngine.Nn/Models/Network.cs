using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>A module that is trained as a whole: its name, its sizes, and which of its layers depend on what it is trained for.</summary>
public abstract class Network(Engine engine, ModelSettings settings) : Module(engine)
{
    /// <summary>Catalogue name: <c>resnet18</c>; of a model that no catalogue made, that of its type in snake case.</summary>
    public string Architecture { get => field ?? SnakeCase.Of(GetType().Name); internal set; }

    /// <summary>Sizes and rates the model was made with.</summary>
    public ModelSettings Settings { get; } = settings;

    /// <summary>The layer that ends in the answer: <c>fc</c>, <c>classifier.6</c>. It alone depends on the number of classes.</summary>
    public abstract string Head { get; }

    /// <summary>The first convolution or linear layer, which alone depends on the number of input channels: <c>conv1</c>.</summary>
    public abstract string Stem { get; }

    /// <summary>Shape of a batch of inputs: [batch, C, H, W].</summary>
    public Shape InputShape(int batch) => [batch, Settings.InChans, Settings.ImgSize, Settings.ImgSize];

    /// <summary>Freezes everything but the <see cref="Head"/>.</summary>
    public void FreezeBackbone() => SetFrozen(p => !p.Name.StartsWith($"{Head}.", StringComparison.Ordinal));
}
