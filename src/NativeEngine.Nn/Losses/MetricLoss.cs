using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// A loss of embeddings [B, D] in place of logits that compares all pairs of a batch. Pairs live in [B, B] matrices, never in [B, B, D]. Which pairs count is
/// decided without recording; only what they contribute is differentiated.
/// </summary>
/// <remarks>
/// An anchor without the pairs it needs contributes 0 with zero gradient; all means divide by B, and an empty batch gives 0. Ties take the
/// lowest index. A zero row has similarity 0 to everything and zero gradient.
/// </remarks>
public abstract record MetricLoss : LossFunction
{
    /// <summary>How two embeddings are compared.</summary>
    public abstract EmbeddingDistance Compares { get; }

    /// <summary>How much nearer than the nearest negative the farthest positive must be for an anchor to be left alone; null where it is always pulled
    /// at.</summary>
    public abstract double? ActiveMargin { get; }

    /// <inheritdoc/>
    public sealed override Tensor Compute(Tensor input, Tensor target)
    {
        if (input.Shape.Rank != 2)
            throw new ShapeException(Name, $"input {input.Shape}: expects embeddings [B, D]");
        if (target.Shape.Rank != 1 || target.Shape[0] != input.Shape[0] || target.DType.IsFloat())
            throw new ShapeException(Name, $"target {target.DType} {target.Shape}: expects one class id per row of input {input.Shape}");
        if (input.Shape[0] == 0)
            return input.Sum(); // 0, and gradients still flow
        return Anchors(input, target).Sum() * (1.0 / input.Shape[0]);
    }

    /// <summary>What each anchor contributes, [B].</summary>
    /// <param name="x">Embeddings [B, D], B at least 1.</param>
    /// <param name="target">Int32 [B].</param>
    protected abstract Tensor Anchors(Tensor x, Tensor target);
}
