using NativeEngine.TestKit;
using NativeEngine.Verify;

namespace NativeEngine.Core.Tests.Autograd;

/// <summary>The gradient that a loss makes in forward: when backward hands it on as it is, and when it must not.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class KeptGradientTests
{
    private readonly RecordingBackend _backend = new(new ReferenceBackend());

    private static readonly double[] Values = [0.5, -1, 2, 0.25, 3, -2];

    /// <summary>Of the loss over logits = 2x; <paramref name="run"/> does backward.</summary>
    private double[] Gradient(Action<Tensor, Tensor> run)
    {
        using var engine = new Engine(_backend);
        using var step = engine.BeginStep();
        var x = engine.EmptyPersistent([2, 3]);
        x.CopyFrom<double>(Values);
        x.RequiresGrad = true;
        var logits = x.Affine(2);
        run(logits, logits.CrossEntropy(engine.From([2, 0], [2])));
        return x.Grad!.ToArray<double>();
    }

    private static double[] Expected(double factor)
    {
        var gradient = new double[6];
        for (int r = 0; r < 2; r++)
        {
            double sum = Enumerable.Range(0, 3).Sum(k => Math.Exp(2 * Values[r * 3 + k]));
            for (int k = 0; k < 3; k++)
                gradient[r * 3 + k] = factor * (Math.Exp(2 * Values[r * 3 + k]) / sum - (k == (r == 0 ? 2 : 0) ? 1 : 0)); // 2 of the logits, 1/2 of the mean
        }

        return gradient;
    }

    [Test]
    public void The_end_of_a_network_computes_nothing_in_backward()
    {
        var gradient = Gradient((_, loss) => loss.Backward());
        Assert.That(gradient, Is.EqualTo(Expected(1)).Within(1e-12));
        Assert.That(_backend.Seen, Has.No.Member(nameof(IBackend.Binary)));
    }

    [Test]
    public void A_weighted_loss_scales_its_gradient()
    {
        Assert.That(Gradient((logits, loss) => loss.Backward(logits.Engine.Full(Shape.Scalar, 0.25))), Is.EqualTo(Expected(0.25)).Within(1e-12));
        Assert.That(_backend.Seen, Does.Contain(nameof(IBackend.Binary)));
    }

    [Test]
    public void A_graph_that_is_kept_keeps_the_gradient() => Assert.That(
        Gradient((_, loss) =>
        {
            loss.Backward(keepGraph: true);
            loss.Backward(keepGraph: true);
            loss.Backward();
        }),
        Is.EqualTo(Expected(3)).Within(1e-12));

    [Test]
    public void Logits_that_are_used_twice_add_up([Values] bool lossFirst) => Assert.That(
        Gradient((logits, loss) =>
        {
            var other = logits.CrossEntropy(logits.Engine.From([2, 0], [2]), reduction: Reduction.Sum);
            (lossFirst ? loss + other : other + loss).Backward();
        }),
        Is.EqualTo(Expected(3)).Within(1e-12));

    [Test]
    public void A_term_added_to_the_logits_afterwards_sees_its_own_gradient() => Assert.That(
        Gradient((logits, loss) => (loss + logits.Sum() * 0).Backward()),
        Is.EqualTo(Expected(1)).Within(1e-12));
}
