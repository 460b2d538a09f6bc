using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>A metric of embeddings: of the pooled features in front of the classifier.</summary>
/// <param name="Distance">How they are compared: as the loss that trains them does.</param>
public abstract record EmbeddingMetric(EmbeddingDistance Distance) : Metric<ClassOutputs>;
