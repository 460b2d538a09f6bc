namespace NativeEngine.Nn;

/// <summary>
/// Lookahead (Zhang et al. 2019) around another optimizer: every k steps slow += alpha·(p - slow) and p = slow.
/// </summary>
/// <param name="K">Steps between two syncs.</param>
/// <param name="LookaheadAlpha">Share of the way that the slow weights follow at a sync.</param>
public sealed record LookaheadSettings(int K = 6, double LookaheadAlpha = 0.5) : WrapperSettings
{
    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<ParameterGroup> groups, Clipping clipping = default) =>
        new Lookahead(Name, Inner.Create(groups, clipping), K, LookaheadAlpha);
}
