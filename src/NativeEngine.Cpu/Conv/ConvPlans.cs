using System.Collections.Concurrent;
using NativeEngine.Core;

namespace NativeEngine.Cpu.Conv;

/// <summary>Plans by sizes, so that a training step looks them up instead of making them.</summary>
internal sealed class ConvPlans
{
    private readonly ConcurrentDictionary<ConvSizes, ConvPlan> _plans = new();

    public ConvPlan Get(in ConvSizes sizes) => _plans.TryGetValue(sizes, out ConvPlan? plan) ? plan : _plans.GetOrAdd(sizes, new ConvPlan(sizes));
}
