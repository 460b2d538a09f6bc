namespace NativeEngine.Nn;

/// <summary>Parameters that an optimizer treats alike.</summary>
/// <param name="Parameters">Parameters in tree order.</param>
/// <param name="WeightDecay">Weight decay of the group.</param>
/// <param name="LrScale">Factor on the learning rate.</param>
public sealed record ParameterGroup(IReadOnlyList<Parameter> Parameters, double WeightDecay, double LrScale = 1)
{
    /// <summary>All trainable parameters of a module, decayed alike, or norm and bias parameters in a group without decay.</summary>
    public static IReadOnlyList<ParameterGroup> Of(Module module, double weightDecay, bool noNormBiasDecay = false)
    {
        var trained = module.NamedParameters().Where(p => !p.Frozen).ToList();
        if (!noNormBiasDecay)
            return [new ParameterGroup(trained, weightDecay)];
        return
        [
            new ParameterGroup([.. trained.Where(p => p.Kind == ParameterKind.Weight)], weightDecay),
            new ParameterGroup([.. trained.Where(p => p.Kind != ParameterKind.Weight)], 0),
        ];
    }
}
