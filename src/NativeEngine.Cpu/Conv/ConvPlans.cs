using System.Collections.Concurrent;
using NativeEngine.Core;

namespace NativeEngine.Cpu.Conv;

/// <summary>Plans by sizes, so that a training step looks them up instead of making them, and the algorithms they chose.</summary>
internal sealed class ConvPlans(WinogradMode mode)
{
    private readonly ConcurrentDictionary<ConvSizes, ConvPlan> _plans = new();
    private readonly ConcurrentDictionary<(ConvSizes, ConvPass), ConvAlgorithm> _choices = new();

    public ConvPlan Get(in ConvSizes sizes) => _plans.TryGetValue(sizes, out ConvPlan? plan) ? plan : _plans.GetOrAdd(sizes, new ConvPlan(sizes));

    /// <summary>The algorithm of one pass; a function of the sizes and the mode, so a resumed run computes the same bits.</summary>
    public ConvAlgorithm Choose(ConvPlan plan, ConvPass pass)
    {
        if (_choices.TryGetValue((plan.Sizes, pass), out ConvAlgorithm algorithm)) return algorithm;
        return _choices.GetOrAdd((plan.Sizes, pass), AlgorithmChoice.For(plan, pass, mode));
    }

    /// <summary>All choices made so far.</summary>
    public IReadOnlyList<ConvChoice> Choices =>
        [.. _choices.Select(c => new ConvChoice(c.Key.Item1, c.Key.Item2, c.Value)).OrderBy(c => c.ToString(), StringComparer.Ordinal)];
}
