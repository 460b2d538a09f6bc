using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// The learning rate over a run: <c>LearningRate(position)</c> is the rate used in epoch (or step) <c>position</c>, counted from 0. All but
/// plateau are pure functions of the position, so a run resumes anywhere without saved state.
/// </summary>
/// <remarks>Formulas and defaults are PyTorch's, in closed form where PyTorch multiplies step by step.</remarks>
public abstract class Schedule
{
    private static readonly (string Name, Func<ScheduleOptions, Schedule> Make)[] Table =
    [
        ("constant", o => new ConstantSchedule(o)),
        ("none", o => new ConstantSchedule(o)),
        ("step", o => new StepSchedule(o)),
        ("multistep", o => new MultiStepSchedule(o)),
        ("exponential", o => new ExponentialSchedule(o)),
        ("cosine", o => new CosineSchedule(o)),
        ("cosine_restarts", o => new CosineRestartsSchedule(o)),
        ("poly", o => new PolySchedule(o)),
        ("plateau", o => new PlateauSchedule(o)),
        ("onecycle", o => new OneCycleSchedule(o)),
        ("cyclic", o => new CyclicSchedule(o)),
        ("sin", o => new SinSchedule(o)),
        ("power", o => new PowerSchedule(o)),
    ];

    /// <summary>Keeps the settings.</summary>
    protected Schedule(ScheduleOptions options) => Options = options;

    /// <summary>All names; <c>none</c> is another word for <c>constant</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Table.Select(t => t.Name)];

    /// <summary>The settings.</summary>
    public ScheduleOptions Options { get; }

    /// <summary>The rate the schedule starts from.</summary>
    protected double Lr => Options.Lr;

    /// <summary>The schedule of this name, with a warm-up in front when the options have one.</summary>
    /// <exception cref="UsageException">unknown name (with the nearest), or a setting out of range</exception>
    public static Schedule Create(string name, ScheduleOptions options)
    {
        var entry = Array.Find(Table, t => t.Name == name);
        if (entry.Make is null)
            throw new UsageException($"unknown schedule '{name}'{NearestName.Suggest(name, Names)}; known are {string.Join(", ", Names)}");
        Require(options.Lr >= 0 && double.IsFinite(options.Lr), "lr", options.Lr, "a finite number of at least 0");
        Require(options.Length > 0, "length", options.Length, "a positive number");
        Require(options.Warmup >= 0, "warmup", options.Warmup, "a number of at least 0");
        if (options.Warmup == 0)
            return entry.Make(options);
        Require(options.Warmup < options.Length, "warmup", options.Warmup, $"less than the length of the run, {options.Length}");
        return new WarmupSchedule(options, entry.Make(options with { Length = options.Length - options.Warmup, Warmup = 0 }));
    }

    /// <summary>The learning rate at a position, counted from 0; fractions are positions inside an epoch.</summary>
    public abstract double LearningRate(double position);

    /// <summary>Tells the metric of a finished epoch; only plateau listens.</summary>
    public virtual void Report(double metric)
    {
    }

    /// <summary>What must be saved to resume: empty for pure functions of the position.</summary>
    public virtual IReadOnlyDictionary<string, double> SaveState() => new Dictionary<string, double>();

    /// <summary>Restores what <see cref="SaveState"/> gave.</summary>
    public virtual void LoadState(IReadOnlyDictionary<string, double> state)
    {
    }

    /// <summary>Throws a sentence that names the setting unless the condition holds.</summary>
    protected static void Require(bool condition, string setting, double value, string expected)
    {
        if (!condition)
            throw new UsageException($"schedule setting {setting} = {value}: expects {expected}");
    }
}
