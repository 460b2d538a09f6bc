namespace NativeEngine.Nn;

/// <summary>What a caller asks of a model; null means the model's own default.</summary>
public sealed record ModelOptions
{
    /// <summary>Length of the logits.</summary>
    public int? NumClasses { get; init; }

    /// <summary>Channels of the input images.</summary>
    public int? InChans { get; init; }

    /// <summary>Height and width of the input images; only models that end in a fixed grid depend on it.</summary>
    public int? ImgSize { get; init; }

    /// <summary>Dropout probability in front of the classifier, or inside the blocks of a wide residual net; every model has a place for it.</summary>
    public double? Drop { get; init; }

    /// <summary>Stochastic depth of the last residual block; earlier blocks get proportionally less. A model without such blocks accepts 0 only.</summary>
    public double? DropPath { get; init; }

    /// <summary>Draws the initial weights. Off saves the time when weights are loaded at once.</summary>
    public bool Initialize { get; init; } = true;
}
