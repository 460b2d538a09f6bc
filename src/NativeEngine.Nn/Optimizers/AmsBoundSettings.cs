namespace NativeEngine.Nn;

/// <summary>AMSBound (Luo et al. 2019): AdaBound with the largest second moment so far in its place.</summary>
[CatalogueName("amsbound")]
public sealed record AmsBoundSettings : AdaBoundSettings
{
    /// <summary>The maximum of the second moment takes its place.</summary>
    [CatalogueName("amsgrad")]
    public bool AmsGrad { get; init; } = true;

    /// <inheritdoc/>
    protected override bool UsesLargest => AmsGrad;
}
