using NativeEngine.Core;
using NativeEngine.Verify;

namespace NativeEngine.Nn.Tests;

internal sealed class MetricHealthTests
{
    private readonly Engine _engine = new(new ReferenceBackend());

    [OneTimeTearDown]
    public void Close() => _engine.Dispose();

    [Test]
    public void Distances_and_active_anchors_are_those_of_the_triplet_loss()
    {
        // On a line: classes 0 at 0 and 1, class 1 at 3 and 3.5, class 2 alone at 10.
        var health = Measure("triplet(margin=1.75)", [0, 1, 3, 3.5, 10], 1, [0, 0, 1, 1, 2]);
        Assert.That(health.PositiveDistance, Is.EqualTo((1 + 1 + 0.5 + 0.5 + 1e-6) / 5).Within(1e-6), "the anchor is a positive of its own");
        Assert.That(health.NegativeDistance, Is.EqualTo((3 + 2 + 2 + 2.5 + 6.5) / 5).Within(1e-9));
        Assert.That(health.ActiveShare, Is.EqualTo(2 / 5.0), "gaps -2, -1, -1.5, -2, -6.5 against a margin of 1.75");
        Assert.That(health.Collapsed, Is.False);
        Assert.That(health.ToString(), Does.StartWith("active 40 %  d(ap) 0.600  d(an) 3.200"));
    }

    [Test]
    public void Cosine_losses_are_measured_on_rows_of_length_one([Values("triplet_cosine(margin=0.3)", "multi_similarity(eps=0.3)")] string loss)
    {
        // Directions 0°, 60°, 90°, 180° of any length; similarities: 0-60 0.5, 60-90 0.866, 0-90 0, 90-180 0, 60-180 -0.5.
        double root = Math.Sqrt(3);
        var health = Measure(loss, [2, 0, 1, root, 0, 5, -3, 0], 2, [0, 0, 1, 1]);
        Assert.That(health.PositiveDistance, Is.EqualTo((1 + 1 + Math.Sqrt(2) + Math.Sqrt(2)) / 4).Within(1e-9));
        Assert.That(health.ActiveShare, Is.EqualTo(0.5), "gaps s(an) - s(ap): 0 - 0.5, 0.866 - 0.5, 0.866 - 0, -0.5 - 0 against 0.3");
    }

    [Test]
    public void A_batch_without_pairs_is_defined()
    {
        var health = Measure("triplet_cosine", [1, 2, 3], 1, [0, 1, 2]);
        Assert.That((health.ActiveShare, health.PositiveDistance, health.NegativeDistance), Is.EqualTo((0.0, 0.0, 0.0)));
        Assert.That(Measure("triplet", [], 1, []).Spread, Is.Zero);
        Assert.That(Measure("triplet", [0, 0], 1, [0, 1]).Collapsed, Is.True);
    }

    [Test]
    public void Collapse_is_a_point_or_a_loss_at_its_margin()
    {
        Assert.That(Measure("triplet", [5, 5.0001, 5, 5.0002], 1, [0, 0, 1, 1]).Collapsed, Is.True, "one point, far from zero");
        Assert.That(Measure("triplet", [0, 1, 0, 1], 1, [0, 0, 1, 1]).Collapsed, Is.False, "anchors are as near to negatives as can be, but spread");
        Assert.That(Measure("triplet", [1, 0, 0, 1, 0.1, 0, 0, 0, 1, 0, 0, 2], 3, [0, 0, 1, 1]).Collapsed, Is.False);
        Assert.That(Measure("triplet", [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], 4, [0, 0, 1, 1]).Collapsed, Is.True,
            "all pairs at √2: the loss is its margin");
        Assert.That(Measure("triplet(soft_margin=true)", [0, 1, 0, 1], 1, [0, 0, 1, 1]).ActiveShare, Is.EqualTo(1));
    }

    [Test]
    public void Measuring_inside_a_step_leaves_its_graph_alone()
    {
        using var step = _engine.BeginStep();
        var x = _engine.EmptyPersistent([4, 1]);
        x.CopyFrom<double>([0, 1, 3, 3.5]);
        x.RequiresGrad = true;
        var loss = (x * x).Sum();
        MetricHealth.Measure(x, _engine.From((int[])[0, 0, 1, 1], [4]), new TripletLoss());
        loss.Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 0, 2, 6, 7 }));
    }

    private MetricHealth Measure(string loss, double[] rows, int width, int[] labels)
    {
        using var step = _engine.BeginStep();
        return MetricHealth.Measure(_engine.From(rows, [labels.Length, width]), _engine.From(labels, [labels.Length]),
            (MetricLoss)CombinedLoss.Parse(loss).Terms[0].Loss);
    }
}
