using NativeEngine.Core;

namespace NativeEngine.Train.Tests;

internal sealed class RangeTestTests
{
    [Test]
    public void Rates_rise_by_a_constant_factor_and_the_average_is_the_papers()
    {
        using var lab = new Lab();
        using var engine = Lab.Engine();
        var result = LearningRateFinder.Run(engine, lab.Options, new RangeTestOptions { StartLr = 1e-4, EndLr = 1e-2, Steps = 21 }, Lab.Data);
        Assert.That(result.Rates, Has.Count.EqualTo(21), "more than the five updates of an epoch");
        Assert.That((result.Rates[0], result.Rates[10], result.Rates[20]),
            Is.EqualTo((1e-4, 1e-3, 1e-2))
                .Using<(double, double, double)>((a, b) => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) + Math.Abs(a.Item3 - b.Item3) < 1e-12));
        double average = 0;
        for (int i = 0; i < 21; i++)
        {
            average = 0.98 * average + 0.02 * result.Losses[i];
            Assert.That(result.Smoothed[i], Is.EqualTo(average / (1 - Math.Pow(0.98, i + 1))).Within(1e-12));
        }

        Assert.That(File.ReadAllLines(result.CsvFile), Has.Length.EqualTo(22));
        Assert.That(Directory.Exists(Path.Combine(result.Folder, "checkpoints")), Is.False);
        Assert.That(Directory.Exists(Path.Combine(lab.Output, "train")), Is.False);
    }

    [Test]
    public void A_loss_that_grows_ends_the_test([Values("sgd", "sam_sgd")] string opt, [Values(1, 2)] int accumulate)
    {
        if (opt == "sam_sgd" && accumulate == 2)
            return; // refused, as in training
        using var lab = new Lab();
        using var engine = Lab.Engine();
        var result = LearningRateFinder.Run(engine, lab.Options with { Opt = opt, GradAccumSteps = accumulate },
            new RangeTestOptions { StartLr = 1e-3, EndLr = 1e12, Steps = 60 }, Lab.Data);
        Assert.That(result.Diverged, Is.True);
        Assert.That(result.Rates, Has.Count.InRange(5, 59));
        Assert.That(result.Losses, Is.All.Matches<double>(double.IsFinite));
    }

    [Test]
    public void The_suggestion_is_where_the_loss_falls_fastest()
    {
        // A loss that falls along a logistic curve around 1e-3, then rises: steepest there, lowest near 1e-1.
        double[] rates = [.. Enumerable.Range(0, 121).Select(i => Math.Pow(10, -6 + i / 20.0))];
        double[] loss = [.. rates.Select(r => 2 / (1 + Math.Exp(3 * (Math.Log10(r) + 3))) + 0.2 + Math.Pow(r / 0.5, 2))];
        var result = new RangeTestResult(rates, loss, loss, false, "");
        Assert.That(result.Steepest, Is.EqualTo(1e-3).Within(1e-9));
        Assert.That(result.Lowest, Is.EqualTo(rates[loss.AsSpan().IndexOf(loss.Min())]));
        Assert.That(result.Suggestion, Is.EqualTo(Math.Min(1e-3, result.Lowest!.Value / 10)));
        var flat = new RangeTestResult(rates, [.. rates.Select(_ => 2.3)], [.. rates.Select(_ => 2.3)], false, "");
        Assert.That((flat.Steepest, flat.Suggestion), Is.EqualTo(((double?)null, (double?)null)));
        Assert.That(new RangeTestResult([], [], [], true, "").Suggestion, Is.Null);
        Assert.That(() => new RangeTestResult([], [], [], true, "").ToChart().ToSvg(), Throws.Nothing);
    }

    [Test]
    public void Stopping_keeps_what_was_measured()
    {
        using var lab = new Lab();
        using var engine = Lab.Engine();
        using var stop = new CancellationTokenSource();
        var result = LearningRateFinder.Run(engine, lab.Options, new RangeTestOptions(), Lab.Data, (step, _, _) =>
        {
            if (step == 3)
                stop.Cancel();
        }, stop.Token);
        Assert.That(File.ReadAllLines(result.CsvFile), Has.Length.EqualTo(4));
    }
}
