using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Parameters of a <see cref="LossFunction"/>. Null means the loss's own default; a value that the loss has no use for is refused.
/// </summary>
public sealed record LossOptions
{
    /// <summary>Share of the target spread evenly over all classes (cross_entropy).</summary>
    public double? LabelSmoothing { get; init; }

    /// <summary>Target of rows that do not count (cross_entropy, nll, smooth_pos_neg).</summary>
    public int? IgnoreIndex { get; init; }

    /// <summary>How rows or elements combine.</summary>
    public Reduction? Reduction { get; init; }

    /// <summary>Target of the right class (smooth_pos_neg).</summary>
    public double? LbPos { get; init; }

    /// <summary>Target of the other classes (smooth_pos_neg).</summary>
    public double? LbNeg { get; init; }

    /// <summary>Focusing exponent (focal, and class_balanced over focal).</summary>
    public double? Gamma { get; init; }

    /// <summary>Effective-number base of class_balanced, width of smooth_l1's parabola, steepness of multi_similarity's negatives.</summary>
    public double? Beta { get; init; }

    /// <summary><c>ce</c> or <c>focal</c> (class_balanced).</summary>
    public string? Over { get; init; }

    /// <summary>Share of the rows that count (ohem).</summary>
    public double? Keep { get; init; }

    /// <summary>Margin of the triplet losses.</summary>
    public double? Margin { get; init; }

    /// <summary>ln(1 + e^(d(ap) - d(an))) in place of the margin (triplet).</summary>
    public bool? SoftMargin { get; init; }

    /// <summary>Steepness of multi_similarity's positives.</summary>
    public double? Alpha { get; init; }

    /// <summary>Similarity that multi_similarity turns on.</summary>
    public double? Base { get; init; }

    /// <summary>Slack of multi_similarity's mining.</summary>
    public double? Eps { get; init; }

    /// <summary>Class weights (cross_entropy, nll).</summary>
    public IReadOnlyList<double>? Weight { get; init; }

    /// <summary>Factor per class (focal).</summary>
    public IReadOnlyList<double>? ClassAlpha { get; init; }

    /// <summary>Samples per class (class_balanced).</summary>
    public IReadOnlyList<double>? Counts { get; init; }

    /// <summary>Weight of positives per class (bce_with_logits).</summary>
    public IReadOnlyList<double>? PosWeight { get; init; }
}
