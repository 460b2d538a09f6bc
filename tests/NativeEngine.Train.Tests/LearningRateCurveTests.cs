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

    private sealed class Watch : ITrainObserver
    {
        public int StepsPerEpoch { get; private set; }

        public void Started(TrainPlan plan) => StepsPerEpoch = plan.StepsPerEpoch;
    }
}
