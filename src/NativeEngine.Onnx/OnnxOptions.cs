namespace NativeEngine.Onnx;

/// <summary>What an exported model looks like from outside.</summary>
public sealed record OnnxOptions
{
    /// <summary>Name of the graph.</summary>
    public string Name { get; init; } = "model";

    /// <summary>Name of the images that go in, [batch, C, H, W].</summary>
    public string InputName { get; init; } = "images";

    /// <summary>Name of what comes out, [batch, classes] for a classifier; null for <c>logits</c>, or <c>probabilities</c> with
    /// <see cref="Softmax"/>.</summary>
    public string? OutputName { get; init; }

    /// <summary>Multiplies batch norms into the convolutions and linear layers right before them.</summary>
    public bool FoldBatchNorm { get; init; }

    /// <summary>Ends the graph with a softmax over the classes.</summary>
    public bool Softmax { get; init; }

    /// <summary>Begins the graph with x = (pixel / 255 - mean) / std; the input is then pixels 0 … 255 as uint8. Null leaves that to the caller.</summary>
    public PixelNormalization? Normalize { get; init; }

    /// <summary>Free text by key, the file's metadata_props: how images are prepared, what the classes are called.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
