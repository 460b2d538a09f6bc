using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train;

/// <summary>What a classifier gives for a batch of images of several classes each, with the right answers.</summary>
/// <param name="Logits">[N, K], one independent yes or no for each class.</param>
/// <param name="Rows">[N, K], 1 for the classes of an image.</param>
/// <param name="Targets">The same on the host.</param>
public sealed record MultiLabelOutputs(Tensor Logits, Tensor Rows, ClassRows Targets)
{
    private float[]? _logits;

    /// <summary>Images.</summary>
    public int Count => Targets.Count;

    /// <summary>The logits on the host; waits for the device.</summary>
    public float[] HostLogits => _logits ??= Logits.ToArray<float>();
}
