using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>Recall@1: share of images whose nearest other image, by the embeddings, is of the same class, in percent; see <see cref="Retrieval"/>.</summary>
/// <param name="Distance">What near means.</param>
public sealed record Recall1Metric(EmbeddingDistance Distance = EmbeddingDistance.Euclidean) : EmbeddingMetric(Distance)
{
    /// <inheritdoc/>
    public override string Title => "recall@1";

    /// <inheritdoc/>
    public override IMeasurement<ClassOutputs> Start(Engine engine) => new Search(new Retrieval(engine, Distance));

    private sealed class Search(Retrieval retrieval) : IMeasurement<ClassOutputs>
    {
        public void Add(ClassOutputs outputs) => retrieval.Add(outputs.Embeddings!, outputs.Targets.Ids);

        public double Finish(CancellationToken stop) => retrieval.RecallAt1(stop);
    }
}
