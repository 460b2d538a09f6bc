using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>Optimizer and learning rate schedule of a run, from its settings.</summary>
internal sealed class UpdateRule
{
    private const string SchedulePrefix = "schedule.";
    private const string AveragePrefix = "average.";
    private const double DefaultMomentum = 0.9;

    private readonly Engine _engine;
    private readonly Optimizer _optimizer;
    private readonly LearningRateCurve _rates;
    private readonly WeightAverage? _average;
    private readonly List<Parameter> _trained;
    private readonly long _firstStep;
    private Tensor? _norm;

    /// <param name="model">What of it is not frozen is trained.</param>
    /// <param name="options">The settings.</param>
    /// <param name="stepsPerEpoch">Updates per epoch.</param>
    /// <param name="firstStep">Updates of the run made before the schedule begins.</param>
    /// <param name="higherIsBetter">Of the metric that a plateau listens to.</param>
    /// <param name="optimizers">The optimizers there are.</param>
    public UpdateRule(Network model, TrainOptions options, int stepsPerEpoch, long firstStep, bool higherIsBetter,
        OptimizerCatalogue optimizers)
    {
        _firstStep = firstStep;
        _engine = model.Engine;
        _trained = [.. model.NamedParameters().Where(p => !p.Frozen)];
        var settings = OptimizerOf(options, optimizers);
        _optimizer = settings.Create(ParameterGroup.Of(model, options.WeightDecay ?? settings.DefaultWeightDecay, options.NoNormBiasDecay,
            LearningRateFactors.Of(model, options)), ClippingOf(options));
        _average = options.ModelEma > 0 ? new WeightAverage(model, options.ModelEma) : null;
        _rates = new LearningRateCurve(options, stepsPerEpoch, higherIsBetter);
    }

    /// <summary>
    /// By how much the rate at <paramref name="step"/> differs between two settings of one run: above 1 when <paramref name="now"/> has the
    /// higher rate where <paramref name="before"/> had already come down, as it happens to a schedule that is stretched after its end.
    /// </summary>
    public static double Raise(TrainOptions before, TrainOptions now, int stepsPerEpoch, long step)
    {
        double was = new LearningRateCurve(before, stepsPerEpoch).At(step - 1), becomes = new LearningRateCurve(now, stepsPerEpoch).At(step - 1);
        return becomes > was ? was > 0 ? becomes / was : double.PositiveInfinity : 1;
    }

    /// <summary>The rate of the update that follows <paramref name="step"/> finished ones.</summary>
    public double LearningRate(long step) => _rates.At(Math.Max(0, step - _firstStep));

    /// <summary>Forgets all gradients.</summary>
    public void ZeroGrad() => _optimizer.ZeroGrad();

    /// <summary>Norm of all gradients and the number of elements that are not finite, two values on the device; overwritten by the next call.</summary>
    public Tensor GradNorm()
    {
        _norm ??= _engine.EmptyPersistent([2]);
        _engine.Backend.GradNorm([.. _trained.Select(p => p.Tensor.Grad).OfType<Tensor>()], _norm);
        return _norm;
    }

    /// <summary>True when an update takes a second gradient after <see cref="Ascend"/>.</summary>
    public bool NeedsSecondGradient => _optimizer.NeedsSecondGradient;

    /// <summary>Moves the parameters to where the second gradient is taken.</summary>
    public void Ascend() => _optimizer.Ascend();

    /// <summary>Changes the parameters, unless <see cref="GradNorm"/> found a gradient that is not finite.</summary>
    public void Apply(double learningRate)
    {
        using var step = _engine.BeginStep();
        _optimizer.Guard = _norm;
        _optimizer.Step(learningRate);
        _average?.Update();
    }

    /// <summary>Puts the average of the weights, if there is one, in the model's place until the result is disposed.</summary>
    public IDisposable? UseAverage() => _average?.Apply();

    /// <summary>Tells the schedule the metric of a finished epoch.</summary>
    public void Report(double metric) => _rates.Report(metric);

    /// <summary>All that must be saved to go on.</summary>
    public StateDict State()
    {
        var state = _optimizer.SaveState();
        foreach (var (key, value) in _rates.SaveState())
            state.Add(SchedulePrefix + key, HostTensor.From([value], 1));
        foreach (var (key, value) in _average?.SaveState() ?? [])
            state.Add(AveragePrefix + key, value);
        return state;
    }

    /// <summary>Restores the schedule alone from what <see cref="State"/> gave.</summary>
    public void LoadSchedule(StateDict state) =>
        _rates.LoadState(state.Where(t => t.Key.StartsWith(SchedulePrefix, StringComparison.Ordinal))
            .ToDictionary(t => t.Key[SchedulePrefix.Length..], t => t.Value.ToDoubles()[0]));

    /// <summary>Restores what <see cref="State"/> gave.</summary>
    public void Load(StateDict state, string source)
    {
        StateDict optimizer = new(), average = new();
        var schedule = new Dictionary<string, double>();
        foreach (var (name, tensor) in state)
        {
            if (name.StartsWith(SchedulePrefix, StringComparison.Ordinal))
                schedule[name[SchedulePrefix.Length..]] = tensor.ToDoubles()[0];
            else if (name.StartsWith(AveragePrefix, StringComparison.Ordinal))
                average.Add(name[AveragePrefix.Length..], tensor);
            else
                optimizer.Add(name, tensor);
        }

        if (_average is null != (average.Count == 0))
            throw new CheckpointException($"{source} was saved {(_average is null ? "with" : "without")} model_ema and can only be continued so");

        try
        {
            _optimizer.LoadState(optimizer);
            _rates.LoadState(schedule);
            _average?.LoadState(average);
        }
        catch (CheckpointException e)
        {
            throw new CheckpointException($"{source}: {e.Message}", e);
        }
        catch (KeyNotFoundException e)
        {
            throw new CheckpointException($"{source} was saved with another schedule of the learning rate", e);
        }
    }

    /// <summary>The settings with the optimizer's numbers as they are used where they were left to it; what it has no use for, or opt_args says, stays
    /// null.</summary>
    internal static TrainOptions WithNumbersUsed(TrainOptions options, OptimizerCatalogue optimizers)
    {
        var used = OptimizerOf(options, optimizers);
        var said = OptionText.Parse(options.OptArgs ?? "", $"opt {options.Opt}").Select(p => p.Key).ToHashSet();
        object? Number(string key) => said.Contains(key) ? null : optimizers.ValueOf(options.Opt, used, key);
        return options with
        {
            WeightDecay = options.WeightDecay ?? used.DefaultWeightDecay,
            Momentum = (double?)Number("momentum"),
            OptEps = (double?)Number("eps"),
            OptBetas = Number("betas") is (double first, double second) ? [first, second] : null,
        };
    }

    /// <summary>Checks the optimizer's settings without a model.</summary>
    internal static void Validate(TrainOptions options, OptimizerCatalogue optimizers) =>
        OptimizerOf(options, optimizers).Create([], ClippingOf(options));

    private static Clipping ClippingOf(TrainOptions options)
    {
        double Limit(ClipMode mode) => options.ClipMode == mode ? options.ClipGrad : 0;
        return new(Limit(ClipMode.Norm), Limit(ClipMode.Value), Limit(ClipMode.Agc));
    }

    private static OptimizerSettings OptimizerOf(TrainOptions options, OptimizerCatalogue catalogue)
    {
        var known = catalogue.SettingsOf(options.Opt);
        var written = new WrittenSettings(options.OptArgs ?? "", $"opt {options.Opt}", known);
        var flags = new Dictionary<string, object?>
        {
            ["momentum"] = options.Momentum,
            ["nesterov"] = options.Nesterov ? true : null,
            ["eps"] = options.OptEps,
            ["betas"] = options.OptBetas is [var first, var second] ? (first, second) : null,
        };
        foreach (var (key, value) in flags.Where(f => f.Value is not null))
        {
            if (written.Keys.Contains(key))
                throw new UsageException($"opt_args {key} and the setting of its own contradict each other; give one");
            if (!known.Contains(key))
                throw new UsageException(FormattableString.Invariant($"optimizer {options.Opt} has no option {key}, got {value}"));
        }

        if (options.IsSgd)
            flags["momentum"] ??= DefaultMomentum;
        return catalogue.Bind(options.Opt, (key, type) => written.Value(key, type) ?? flags.GetValueOrDefault(key));
    }
}
