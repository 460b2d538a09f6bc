namespace NativeEngine.Train.Tests;

/// <summary>The curve that is shown before a run has the updates that the run then makes.</summary>
internal sealed class LearningRateCurveTests
{
    private static IEnumerable<Func<TrainOptions, TrainOptions>> Runs()
    {
        yield return o => o;
        yield return o => o with { DropLast = true, GradAccumSteps = 2 };
        yield return o => o with { Sampler = Sampling.Pk, BatchSize = 12, SamplesPerClass = 4 };
        yield return o => o with { Sampler = Sampling.Pk, BatchSize = 20, SamplesPerClass = 10, GradAccumSteps = 3, Loss = "triplet" };
    }

    [TestCaseSource(nameof(Runs))]
    public void Shown_updates_are_those_of_the_run(Func<TrainOptions, TrainOptions> change)
    {
        using var lab = new Lab();
        var options = change(lab.Options with { Epochs = 2 });
        var labels = TrainingData.TrainLabels(options, Lab.Data);
        var watch = new Watch();
        var result = lab.Train(options, observer: watch);
        Assert.That(LearningRateCurve.StepsPerEpoch(options, labels), Is.EqualTo(watch.StepsPerEpoch));
        Assert.That(LearningRateCurve.OfRun(options, labels), Has.Count.EqualTo(result.Step));
    }

    [Test]
    public void Milestones_may_be_epochs_parts_of_them_or_updates()
    {
        using var lab = new Lab();
        var options = lab.Options with { Epochs = 4, Sched = "multistep", Lr = 1, Gamma = 0.1 };
        var labels = TrainingData.TrainLabels(options, Lab.Data);
        int steps = LearningRateCurve.StepsPerEpoch(options, labels);
        int[] Drops(params Moment[] milestones)
        {
            var rates = LearningRateCurve.OfRun(options with { Milestones = milestones }, labels);
            return [.. Enumerable.Range(1, rates.Count - 1).Where(i => rates[i].Lr < rates[i - 1].Lr * 0.5)];
        }

        Assert.That(steps, Is.EqualTo(5));
        Assert.That(Drops(1, 3), Is.EqualTo(new[] { 5, 15 }));
        Assert.That(Drops(0.6, 2.2), Is.EqualTo(new[] { 3, 11 }));
        Assert.That(Drops(new Moment(3, true), new Moment(11, true)), Is.EqualTo(new[] { 3, 11 }));
        Assert.That(() => (options with { Milestones = [2, new Moment(7, true)] }).Validate(), Throws.TypeOf<NativeEngine.Core.UsageException>());
        var written = options with { Milestones = [1, 2.5], StepSize = new Moment(500, true) };
        Assert.That(written.ToYaml(), Does.Contain("milestones: [1, 2.5]\n").And.Contain("step_size: \"500it\"\n"));
        Assert.That(TrainOptions.FromJson(written.ToJson(), "test").ToYaml(), Is.EqualTo(written.ToYaml()));
        Assert.That(TrainOptions.FromJson("{\"milestones\": [3, 5], \"step_size\": 7}", "old run").StepSize, Is.EqualTo((Moment)7));
    }

    private sealed class Watch : ITrainObserver
    {
        public int StepsPerEpoch { get; private set; }

        public void Started(TrainPlan plan) => StepsPerEpoch = plan.StepsPerEpoch;
    }
}
