using NativeEngine.Core;

namespace NativeEngine.Nn.Tests;

/// <summary>Weight decay that nobody asked for: PyTorch's, else the authors' own.</summary>
public sealed class WeightDecayTests
{
    [Test]
    public void EveryOptimizerHasItsOwnDefault()
    {
        var some = new Dictionary<string, double> { ["adamw"] = 0.01, ["lamb"] = 0.01 };
        foreach (string name in OptimizerSettings.Catalogue.Names)
        {
            string inner = name.Replace("lookahead_", "", StringComparison.Ordinal).Replace("sam_", "", StringComparison.Ordinal);
            Assert.That(OptimizerSettings.Catalogue.Create(name).DefaultWeightDecay, Is.EqualTo(some.GetValueOrDefault(inner)), name);
        }

        Assert.Throws<UsageException>(() => OptimizerSettings.Catalogue.Create("adamv"));
    }
}
