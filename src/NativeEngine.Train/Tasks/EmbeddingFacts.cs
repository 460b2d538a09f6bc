using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>How the embeddings of a metric loss are.</summary>
/// <param name="Health">What was measured.</param>
public sealed record EmbeddingFacts(MetricHealth Health) : TrainingFacts("embeddings", Health.ToString(), new Dictionary<string, double>
{
    ["active"] = Health.ActiveShare,
    ["d_ap"] = Health.PositiveDistance,
    ["d_an"] = Health.NegativeDistance,
    ["spread"] = Health.Spread,
});
