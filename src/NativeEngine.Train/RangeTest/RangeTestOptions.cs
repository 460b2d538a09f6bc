using NativeEngine.Core;

namespace NativeEngine.Train;

/// <summary>What a range test of the learning rate tries.</summary>
public sealed record RangeTestOptions
{
    /// <summary>The first rate.</summary>
    public double StartLr { get; init; } = 1e-6;

    /// <summary>The last rate.</summary>
    public double EndLr { get; init; } = 1;

    /// <summary>Updates, each with a rate that is a constant factor above the one before.</summary>
    public int Steps { get; init; } = 200;

    /// <summary>Checks the values.</summary>
    /// <exception cref="UsageException">Names what was expected.</exception>
    public void Validate()
    {
        if (!(StartLr > 0 && double.IsFinite(StartLr)))
            throw new UsageException($"start_lr {StartLr}: expected a positive number");
        if (!(EndLr > StartLr && double.IsFinite(EndLr)))
            throw new UsageException($"end_lr {EndLr}: expected a number above start_lr {StartLr}");
        if (Steps is < 20 or > 100_000)
            throw new UsageException($"num_steps {Steps}: expected 20 to 100000 updates");
    }

    /// <summary>Rate of update <paramref name="index"/>: start·(end/start)^(index / (steps - 1)).</summary>
    public double Rate(int index) => StartLr * Math.Pow(EndLr / StartLr, (double)index / (Steps - 1));
}
