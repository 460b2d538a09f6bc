using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Verify;

/// <summary>Learning-rate schedules, attributes under PyTorch's names; plateau reads one metric per epoch from <c>in.metrics</c>.</summary>
internal static class ScheduleReplay
{
    public static IReadOnlyList<Comparison> Run(ReferenceCase reference)
    {
        if (!Schedule.Names.Contains(reference.Subject))
            throw new UnsupportedCaseException($"schedule '{reference.Subject}'{NearestName.Suggest(reference.Subject, Schedule.Names)}");
        var expected = reference.Required("out.lr");
        int epochs = Length(reference);
        var schedule = Schedule.Create(reference.Subject, Options(reference, epochs));
        var metrics = reference.Tensors.TryGetValue("in.metrics", out var given) ? given.ToDoubles() : null;
        reference.Attributes.RefuseUnread();
        if (reference.Tensors.Keys.FirstOrDefault(k => k is not ("out.lr" or "in.metrics")) is { } unknown)
            throw new UnsupportedCaseException($"tensor {unknown}");
        if (epochs < 0 || (metrics is not null && metrics.Length != epochs))
            throw new DataException($"attrs.epochs = {epochs}: expects a number of at least 0, and as many elements of in.metrics");
        if (reference.Subject == "plateau" && metrics is null)
            throw new DataException("tensor in.metrics is missing");
        var rates = new double[epochs];
        for (int e = 0; e < epochs; e++)
        {
            rates[e] = schedule.LearningRate(e);
            if (metrics is not null)
                schedule.Report(metrics[e]);
        }

        return [CaseReplay.Compare(reference, "out.lr", expected, [epochs], rates)];
    }

    /// <summary>More are taken for a corrupted file.</summary>
    private const int MostRates = 1_000_000;

    /// <summary>How many rates are asked for: epochs; of onecycle with steps_per_epoch that many in each, or total_steps.</summary>
    private static int Length(ReferenceCase reference)
    {
        var a = reference.Attributes;
        if (reference.Subject != "onecycle")
            return a.Integer("epochs");
        if (!a.Has("epochs") && a.Has("total_steps"))
            return a.Integer("total_steps");
        int epochs = a.Integer("epochs"), each = a.Integer("steps_per_epoch", 1);
        if (each < 1 || (long)epochs * each > MostRates)
            throw new DataException($"attrs.steps_per_epoch = {each}: expects a number of at least 1, and {MostRates} rates at most");
        return epochs * each;
    }

    private static ScheduleOptions Options(ReferenceCase reference, int epochs)
    {
        var a = reference.Attributes;
        var d = new ScheduleOptions();
        a.Only("last_epoch", "-1");
        bool cyclic = reference.Subject == "cyclic", plateau = reference.Subject == "plateau", onecycle = reference.Subject == "onecycle";
        if (cyclic || onecycle)
        {
            foreach (string momentum in MomentumOnly)
                _ = a.Raw(momentum);
        }

        string anneal = a.Text("anneal_strategy", "cos");
        if (anneal is not ("cos" or "linear"))
            throw new UnsupportedCaseException($"anneal_strategy '{anneal}'");
        string mode = a.Text("mode", cyclic ? d.CycleMode : "min");
        return d with
        {
            Lr = cyclic || (onecycle && a.Has("max_lr")) ? Highest(a) : a.Number("lr"),
            Length = a.Number("T_max", a.Number("total_iters", onecycle ? a.Number("total_steps", epochs) : epochs)),
            Warmup = a.Number("warmup_epochs", 0),
            WarmupLr = a.Number("warmup_lr", 0),
            MinLr = cyclic ? a.Number("base_lr") : a.Number("eta_min", a.Number("min_lr", 0)),
            Gamma = plateau ? a.Number("factor", d.Gamma) : a.Number("gamma", cyclic ? 1 : d.Gamma),
            StepSize = a.Number("step_size", d.StepSize),
            Milestones = a.Numbers("milestones") ?? [],
            Power = a.Number("power", d.Power),
            Period = a.Number("T_0", d.Period),
            PeriodFactor = a.Number("T_mult", d.PeriodFactor),
            RiseShare = a.Number("pct_start", d.RiseShare),
            DivFactor = a.Number("div_factor", d.DivFactor),
            FinalDivFactor = a.Number("final_div_factor", d.FinalDivFactor),
            LinearAnneal = anneal == "linear",
            ThreePhase = a.Flag("three_phase", false),
            StepSizeUp = a.Number("step_size_up", d.StepSizeUp),
            StepSizeDown = a.Number("step_size_down", 0),
            CycleMode = cyclic ? mode : d.CycleMode,
            Patience = a.Integer("patience", d.Patience),
            Threshold = a.Number("threshold", d.Threshold),
            Cooldown = a.Integer("cooldown", 0),
            HigherIsBetter = plateau && mode == "max",
        };
    }

    // They move the momentum; only rates are compared.
    private static readonly string[] MomentumOnly = ["cycle_momentum", "base_momentum", "max_momentum"];

    /// <summary>max_lr; the optimizer's own lr, which the schedule overwrites, means nothing beside it.</summary>
    private static double Highest(CaseAttributes a)
    {
        _ = a.Raw("lr");
        return a.Number("max_lr");
    }
}
