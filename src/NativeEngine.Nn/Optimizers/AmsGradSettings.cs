namespace NativeEngine.Nn;

/// <summary>AMSGrad (Reddi et al. 2018): Adam with the largest second moment so far in its place.</summary>
[CatalogueName("amsgrad")]
public sealed record AmsGradSettings : AdamSettings
{
    /// <summary>Starts with the maximum on.</summary>
    public AmsGradSettings() => AmsGrad = true;
}
