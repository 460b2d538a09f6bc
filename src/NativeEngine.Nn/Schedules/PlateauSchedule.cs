namespace NativeEngine.Nn;

/// <summary>
/// Multiplies the rate by Gamma when the reported metric has not improved by the relative Threshold for more than Patience reports, as
/// PyTorch's ReduceLROnPlateau; never below MinLr. The position does not matter.
/// </summary>
public sealed class PlateauSchedule : Schedule
{
    /// <summary>Changes of the rate below this are not made.</summary>
    private const double SmallestChange = 1e-8;

    private double _rate;
    private double _best;
    private int _bad;
    private int _cooling;

    /// <summary>Starts at lr.</summary>
    public PlateauSchedule(ScheduleOptions options)
        : base(options)
    {
        Require(options.Gamma is > 0 and < 1, "gamma", options.Gamma, "a number between 0 and 1");
        _rate = options.Lr;
        _best = options.HigherIsBetter ? double.NegativeInfinity : double.PositiveInfinity;
    }

    /// <inheritdoc/>
    public override double LearningRate(double position) => _rate;

    /// <inheritdoc/>
    public override void Report(double metric)
    {
        bool better = Options.HigherIsBetter ? metric > _best * (1 + Options.Threshold) : metric < _best * (1 - Options.Threshold);
        if (better)
            (_best, _bad) = (metric, 0);
        else
            _bad++;
        if (_cooling > 0)
            (_cooling, _bad) = (_cooling - 1, 0);
        if (_bad <= Options.Patience)
            return;
        double lower = Math.Max(_rate * Options.Gamma, Options.MinLr);
        if (_rate - lower > SmallestChange)
            _rate = lower;
        (_cooling, _bad) = (Options.Cooldown, 0);
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> SaveState() =>
        new Dictionary<string, double> { ["rate"] = _rate, ["best"] = _best, ["bad"] = _bad, ["cooling"] = _cooling };

    /// <inheritdoc/>
    public override void LoadState(IReadOnlyDictionary<string, double> state) =>
        (_rate, _best, _bad, _cooling) = (state["rate"], state["best"], (int)state["bad"], (int)state["cooling"]);
}
