using NativeEngine.Core;

namespace NativeEngine.Verify.Tests;

/// <summary>The checker finds a wrong backward and lets a right one pass.</summary>
public sealed class GradientCheckTests
{
    [TestCase(2, true)]
    [TestCase(3, false)]
    public void A_wrong_backward_is_found(double factor, bool right)
    {
        var results = GradientCheck.Run(x => Op.Custom("square", [x[0]], (inputs, keep) =>
        {
            keep.Add(inputs[0]);
            return inputs[0] * inputs[0];
        }, (dy, kept) => [dy * kept[0] * factor]), [[3, 4]]);
        Assert.That(results.All(r => r.Passed), Is.EqualTo(right));
    }

    [Test]
    public void A_device_is_compared_with_the_reference()
    {
        using var device = new Engine(new ReferenceBackend());
        var results = GradientCheck.Run(x => (x[0] * x[1].Log()).Sum(), [CaseInput.Normal("x", [5]), CaseInput.Uniform("p", [5], 0.5, 2)], device);
        Assert.That(results.Select(r => r.Name), Has.Some.EqualTo("grad.p by differences").And.Some.EqualTo("grad.x on reference against the reference"));
        Assert.That(results.Where(r => !r.Passed), Is.Empty);
    }
}
