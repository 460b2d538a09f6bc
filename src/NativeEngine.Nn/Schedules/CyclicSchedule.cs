using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Cyclical rates (Smith 2017) as PyTorch's CyclicLR: from MinLr up to lr in StepSizeUp units and down in StepSizeDown; <c>triangular2</c> halves the
/// height each cycle, <c>exp_range</c> multiplies it by Gamma^position.
/// </summary>
public sealed class CyclicSchedule : Schedule
{
    private static readonly string[] Modes = ["triangular", "triangular2", "exp_range"];

    /// <summary>Checks the sizes and the mode.</summary>
    public CyclicSchedule(ScheduleOptions options)
        : base(options)
    {
        Require(options.StepSizeUp > 0, "step_size_up", options.StepSizeUp, "a positive number");
        Require(options.StepSizeDown >= 0, "step_size_down", options.StepSizeDown, "a number of at least 0");
        if (!Modes.Contains(options.CycleMode))
            throw new UsageException($"unknown cyclic mode '{options.CycleMode}'{NearestName.Suggest(options.CycleMode, Modes)}; known are "
                + $"{string.Join(", ", Modes)}");
    }

    /// <inheritdoc/>
    public override double LearningRate(double position)
    {
        double up = Options.StepSizeUp, length = up + (Options.StepSizeDown > 0 ? Options.StepSizeDown : up), rising = up / length;
        double cycle = Math.Floor(1 + position / length), x = 1 + position / length - cycle;
        double height = (Lr - Options.MinLr) * (x <= rising ? x / rising : (x - 1) / (rising - 1));
        return Options.MinLr + height * Options.CycleMode switch
        {
            "triangular2" => Math.Pow(2, 1 - cycle),
            "exp_range" => Math.Pow(Options.Gamma, position),
            _ => 1,
        };
    }
}
