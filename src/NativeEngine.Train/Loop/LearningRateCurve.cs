using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>The learning rate of every update of a run, from its settings: the schedule in front of which the warm-up rises.</summary>
public sealed class LearningRateCurve
{
    private const int Repetitions = 3; // of an image in an epoch of repeated augmentation

    // Settings of one schedule only, under PyTorch's names; lengths count in epochs.
    private static readonly Dictionary<string, Dictionary<string, string>> Parameters = new()
    {
        ["poly"] = new() { ["power"] = nameof(ScheduleOptions.Power) },
        ["cosine_restarts"] = new() { ["t_0"] = nameof(ScheduleOptions.Period), ["t_mult"] = nameof(ScheduleOptions.PeriodFactor) },
        ["onecycle"] = new()
        {
            ["pct_start"] = nameof(ScheduleOptions.RiseShare),
            ["div_factor"] = nameof(ScheduleOptions.DivFactor),
            ["final_div_factor"] = nameof(ScheduleOptions.FinalDivFactor),
            ["linear"] = nameof(ScheduleOptions.LinearAnneal),
            ["three_phase"] = nameof(ScheduleOptions.ThreePhase),
        },
        ["cyclic"] = new()
        {
            ["step_size_up"] = nameof(ScheduleOptions.StepSizeUp), ["step_size_down"] = nameof(ScheduleOptions.StepSizeDown),
            ["mode"] = nameof(ScheduleOptions.CycleMode)
        },
        ["plateau"] = new() { ["threshold"] = nameof(ScheduleOptions.Threshold), ["cooldown"] = nameof(ScheduleOptions.Cooldown) },
    };

    private readonly Schedule _schedule;
    private readonly double _unitsPerStep;

    /// <summary>Makes the schedule and checks its settings.</summary>
    /// <param name="options">The run.</param>
    /// <param name="stepsPerEpoch">Updates per epoch.</param>
    /// <param name="higherIsBetter">Of the metric that a plateau listens to.</param>
    /// <exception cref="UsageException">A setting that the schedule does not have, or out of range.</exception>
    public LearningRateCurve(TrainOptions options, int stepsPerEpoch, bool higherIsBetter = true)
    {
        // These two are defined by single updates, all others by epochs.
        bool bySteps = options.Sched is "onecycle" or "cyclic";
        _unitsPerStep = bySteps ? 1 : 1.0 / stepsPerEpoch;
        double perEpoch = bySteps ? stepsPerEpoch : 1;
        var settings = new ScheduleOptions
        {
            Lr = options.Lr,
            WarmupLr = options.WarmupLr,
            MinLr = options.MinLr,
            Gamma = options.Gamma,
            StepSizeUp = options.StepSize.Epochs(stepsPerEpoch),
            Patience = options.PlateauPatience,
            HigherIsBetter = higherIsBetter,
        };
        string where = $"sched {options.Sched}";
        OptionText.Set(settings, options.SchedArgs ?? "", where, Parameters.GetValueOrDefault(options.Sched) ?? []);
        _schedule = Schedule.Create(options.Sched, settings with
        {
            Length = options.Epochs * perEpoch,
            Warmup = options.WarmupEpochs * perEpoch,
            StepSize = options.StepSize.Epochs(stepsPerEpoch) * perEpoch,
            Milestones = [.. options.Milestones.Select(m => m.Epochs(stepsPerEpoch) * perEpoch)],
            Period = settings.Period * perEpoch,
            StepSizeUp = settings.StepSizeUp * perEpoch,
            StepSizeDown = settings.StepSizeDown * perEpoch,
        });
    }

    /// <summary>
    /// The rates of all updates of a run, stage after stage, each with its place in epochs. A plateau is shown as if the metric never stopped improving.
    /// </summary>
    /// <param name="options">The run.</param>
    /// <param name="labels">The class of every training image.</param>
    public static IReadOnlyList<(double Epoch, double Lr)> OfRun(TrainOptions options, IReadOnlyList<int> labels)
    {
        var rates = new List<(double, double)>();
        int start = 0;
        foreach (var stage in StageList.Of(options))
        {
            int steps = StepsPerEpoch(stage.Options, labels);
            var curve = new LearningRateCurve(stage.Options, steps);
            if (!stage.ContinuesSchedule)
                start = rates.Count;
            for (int i = 0; i < (stage.EndEpoch - stage.FirstEpoch) * steps; i++)
                rates.Add((stage.FirstEpoch + (double)i / steps, curve.At(rates.Count - start)));
        }

        return rates;
    }

    /// <summary>Updates per epoch, as the plan of the first epoch has them.</summary>
    /// <param name="options">The run.</param>
    /// <param name="labels">The class of every training image.</param>
    public static int StepsPerEpoch(TrainOptions options, IReadOnlyList<int> labels) =>
        Math.Max(1, (Plan(options, labels, 0).Batches + options.GradAccumSteps - 1) / options.GradAccumSteps);

    /// <summary>The batches of an epoch.</summary>
    internal static EpochPlan Plan(TrainOptions options, IReadOnlyList<int> labels, int epoch) => options.Sampler switch
    {
        Sampling.Pk => EpochPlan.PerClass(labels, options.BatchSize, options.SamplesPerClass, options.Seed, epoch),
        Sampling.Oversample => EpochPlan.Oversampled(labels, options.BatchSize, options.Seed, epoch, options.DropLast),
        Sampling.Balanced => EpochPlan.Weighted(labels, 0, options.BatchSize, options.Seed, epoch, options.DropLast),
        Sampling.Sqrt => EpochPlan.Weighted(labels, 0.5, options.BatchSize, options.Seed, epoch, options.DropLast),
        Sampling.Repeat => EpochPlan.Repeated(labels.Count, Repetitions, options.BatchSize, options.Seed, epoch, options.DropLast),
        _ => EpochPlan.Shuffled(labels.Count, options.BatchSize, options.Seed, epoch, options.DropLast),
    };

    /// <summary>The rate of the update that follows <paramref name="step"/> finished ones.</summary>
    public double At(long step) => _schedule.LearningRate(step * _unitsPerStep);

    /// <summary>Tells the metric of a finished epoch; only a plateau listens.</summary>
    public void Report(double metric) => _schedule.Report(metric);

    /// <summary>What must be saved to go on.</summary>
    public IReadOnlyDictionary<string, double> SaveState() => _schedule.SaveState();

    /// <summary>Restores what <see cref="SaveState"/> gave.</summary>
    public void LoadState(IReadOnlyDictionary<string, double> state) => _schedule.LoadState(state);
}
