namespace NativeEngine.Nn;

/// <summary>Ranger (Wright 2019): RAdam, decay on the parameter, the threshold excluded, inside Lookahead (Zhang et al. 2019).</summary>
public sealed record RangerSettings : RectifiedSettings
{
    /// <summary>Ranger's own moments and eps.</summary>
    public RangerSettings() => (Betas, Eps) = ((0.95, 0.999), 1e-5);

    /// <summary>Length of the approximated moving average above which the second moment is trusted.</summary>
    public double NSmaThreshold { get; init; } = 5;

    /// <summary>Takes the mean off every gradient of more than one dimension.</summary>
    public bool Centralize { get; init; }

    /// <summary>Steps between two syncs of Lookahead.</summary>
    public int K { get; init; } = 6;

    /// <summary>Share of the way that the slow weights follow at a sync.</summary>
    public double LookaheadAlpha { get; init; } = 0.5;

    /// <inheritdoc/>
    public override bool CentralizesGradients => Centralize;

    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<ParameterGroup> groups, Clipping clipping = default) =>
        new Lookahead(Name, base.Create(groups, clipping), K, LookaheadAlpha);

    /// <inheritdoc/>
    protected override bool Trusts(double length) => length > NSmaThreshold;
}
