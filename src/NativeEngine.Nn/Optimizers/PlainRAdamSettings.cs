namespace NativeEngine.Nn;

/// <summary>The authors' PlainRAdam, which computes what their RAdam does.</summary>
[CatalogueName("plain_radam")]
public sealed record PlainRAdamSettings : RAdamWSettings;
