using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Onnx;

/// <summary>
/// Multiplies batch norms into the convolution or linear layer before them: with s = γ/√(σ² + ε) the output channel k gets the filter s[k]·w[k]
/// and the bias (b[k] - μ[k])·s[k] + β[k]. Computed in double precision.
/// </summary>
internal static class BatchNormFold
{
    /// <summary>Replaces weights in <paramref name="source"/>.</summary>
    /// <returns>The batch norms that are gone, each with the name of the bias that its convolution now has.</returns>
    public static Dictionary<TracedOp, FoldedNorm> Apply(ModelTrace trace, WeightSource source)
    {
        var folded = new Dictionary<TracedOp, FoldedNorm>(ReferenceEqualityComparer.Instance);
        var makers = trace.Ops.ToDictionary(op => op.Output, ReferenceEqualityComparer.Instance as IEqualityComparer<Tensor>);
        foreach (var norm in trace.Ops.Where(op => op.Op == "batch_norm"))
        {
            // The result before the norm must have no other reader, and the filter no other user.
            if (makers.TryGetValue(norm.Inputs[0]!, out var maker) && maker.Op is "conv2d" or "linear" && trace.Uses(maker.Output) == 1
                && maker.Inputs.Skip(1).OfType<Tensor>().All(t => trace.State.ContainsKey(t) && trace.Uses(t) == 1)
                && norm.Inputs.Skip(2).OfType<Tensor>().All(trace.State.ContainsKey))
            {
                folded.Add(norm, Fold(trace, source, maker, norm));
            }
        }

        return folded;
    }

    private static FoldedNorm Fold(ModelTrace trace, WeightSource source, TracedOp maker, TracedOp norm)
    {
        var weight = maker.Inputs[1]!;
        string name = trace.State[weight];
        string biasName = maker.Inputs[2] is { } bias ? trace.State[bias] : $"{maker.Layer}.bias";
        int channels = weight.Shape[0];
        double eps = ((BatchNormSizes)norm.Arguments!).Eps;
        double[] w = Values(weight, 0), b = Values(maker.Inputs[2], 0);
        double[] gamma = Values(norm.Inputs[2], 1), beta = Values(norm.Inputs[3], 0), mean = Values(norm.Inputs[4], 0), variance = Values(norm.Inputs[5], 1);
        int size = w.Length / channels;
        var newBias = new float[channels];
        var newWeight = new float[w.Length];
        for (int k = 0; k < channels; k++)
        {
            double scale = gamma[k] / Math.Sqrt(variance[k] + eps);
            newBias[k] = (float)((b[k] - mean[k]) * scale + beta[k]);
            for (int i = k * size; i < (k + 1) * size; i++)
                newWeight[i] = (float)(w[i] * scale);
        }

        source.Replace(name, HostTensor.From(newWeight, [.. weight.Shape]));
        source.Replace(biasName, HostTensor.From(newBias, channels));
        return new FoldedNorm(maker, biasName);

        double[] Values(Tensor? tensor, double absent)
        {
            if (tensor is not null)
                return source.Get(trace.State[tensor], tensor.Shape).ToDoubles();
            var all = new double[channels];
            Array.Fill(all, absent);
            return all;
        }
    }
}

/// <summary>A batch norm that was multiplied into another operation.</summary>
/// <param name="Into">The convolution or linear layer before it.</param>
/// <param name="Bias">Name of that operation's bias, new or old.</param>
internal sealed record FoldedNorm(TracedOp Into, string Bias);
