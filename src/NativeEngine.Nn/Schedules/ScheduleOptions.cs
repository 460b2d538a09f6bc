namespace NativeEngine.Nn;

/// <summary>
/// Settings of a <see cref="Schedule"/>. Positions and lengths count in one unit, epochs or steps, which the caller chooses; each
/// schedule reads what its documentation names and ignores the rest.
/// </summary>
public sealed record ScheduleOptions
{
    /// <summary>The learning rate that the schedule scales: its highest.</summary>
    public double Lr { get; init; }

    /// <summary>Length of the whole run, warm-up included.</summary>
    public double Length { get; init; } = 1;

    /// <summary>Length of the linear warm-up in front of the schedule; the schedule itself starts after it.</summary>
    public double Warmup { get; init; }

    /// <summary>Learning rate the warm-up starts at.</summary>
    public double WarmupLr { get; init; }

    /// <summary>Lowest learning rate: of cosine, poly and plateau; of cyclic the lower turning point.</summary>
    public double MinLr { get; init; }

    /// <summary>Factor of step, multistep, exponential, plateau and cyclic's <c>exp_range</c>.</summary>
    public double Gamma { get; init; } = 0.1;

    /// <summary>Units between the drops of step.</summary>
    public double StepSize { get; init; } = 10;

    /// <summary>Positions at which multistep drops.</summary>
    public IReadOnlyList<double> Milestones { get; init; } = [];

    /// <summary>Exponent of poly.</summary>
    public double Power { get; init; } = 1;

    /// <summary>First period of cosine_restarts.</summary>
    public double Period { get; init; } = 10;

    /// <summary>Factor from one period of cosine_restarts to the next.</summary>
    public double PeriodFactor { get; init; } = 1;

    /// <summary>Share of onecycle spent rising.</summary>
    public double RiseShare { get; init; } = 0.3;

    /// <summary>Onecycle starts at Lr / this.</summary>
    public double DivFactor { get; init; } = 25;

    /// <summary>Onecycle ends at its start / this.</summary>
    public double FinalDivFactor { get; init; } = 1e4;

    /// <summary>Onecycle anneals along straight lines instead of cosines.</summary>
    public bool LinearAnneal { get; init; }

    /// <summary>Onecycle falls back to its start as long as it rose, then on to its end.</summary>
    public bool ThreePhase { get; init; }

    /// <summary>Units in which cyclic rises.</summary>
    public double StepSizeUp { get; init; } = 2000;

    /// <summary>Units in which cyclic falls; 0 means as long as it rises.</summary>
    public double StepSizeDown { get; init; }

    /// <summary>Form of cyclic: <c>triangular</c>, <c>triangular2</c> or <c>exp_range</c>.</summary>
    public string CycleMode { get; init; } = "triangular";

    /// <summary>Reports without improvement that plateau waits for.</summary>
    public int Patience { get; init; } = 10;

    /// <summary>Relative improvement that plateau counts.</summary>
    public double Threshold { get; init; } = 1e-4;

    /// <summary>Reports after a drop that plateau ignores.</summary>
    public int Cooldown { get; init; }

    /// <summary>Plateau's metric is better when larger.</summary>
    public bool HigherIsBetter { get; init; }
}
