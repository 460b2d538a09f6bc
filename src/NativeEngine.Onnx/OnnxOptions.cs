namespace NativeEngine.Onnx;

/// <summary>What an exported model looks like from outside.</summary>
public sealed record OnnxOptions
{
    /// <summary>Name of the graph.</summary>
    public string Name { get; init; } = "model";

    /// <summary>Name of the images that go in, [batch, C, H, W].</summary>
    public string InputName { get; init; } = "images";

    /// <summary>Name of what comes out, [batch, classes] for a classifier.</summary>
    public string OutputName { get; init; } = "logits";

    /// <summary>Multiplies batch norms into the convolutions and linear layers right before them.</summary>
    public bool FoldBatchNorm { get; init; }

    /// <summary>Free text by key, the file's metadata_props: how images are prepared, what the classes are called.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
