namespace NativeEngine.Nn;

/// <summary>Parameters that an optimizer treats alike.</summary>
/// <param name="Parameters">Parameters in tree order.</param>
/// <param name="WeightDecay">Weight decay of the group.</param>
/// <param name="LrScale">Factor on the learning rate.</param>
public sealed record ParameterGroup(IReadOnlyList<Parameter> Parameters, double WeightDecay, double LrScale = 1)
{
    /// <summary>
    /// All trainable parameters of a module: those that decay, then with <paramref name="noNormBiasDecay"/> norm and bias parameters without decay; each part
    /// by its factor on the learning rate.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="weightDecay">Weight decay.</param>
    /// <param name="noNormBiasDecay">Norm and bias parameters are not decayed.</param>
    /// <param name="lrScale">Factor on the learning rate of a parameter; null is 1 for all.</param>
    public static IReadOnlyList<ParameterGroup> Of(Module module, double weightDecay, bool noNormBiasDecay = false, Func<Parameter, double>? lrScale = null)
    {
        bool Decays(Parameter p) => !noNormBiasDecay || p.Kind == ParameterKind.Weight;
        return
        [
            .. module.NamedParameters().Where(p => !p.Frozen).GroupBy(p => (Decays: Decays(p), Scale: lrScale?.Invoke(p) ?? 1))
                .OrderByDescending(g => g.Key.Decays)
                .Select(g => new ParameterGroup([.. g], g.Key.Decays ? weightDecay : 0, g.Key.Scale)),
        ];
    }
}
