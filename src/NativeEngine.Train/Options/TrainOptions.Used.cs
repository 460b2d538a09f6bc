using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using NativeEngine.Data;

namespace NativeEngine.Train;

public sealed partial record TrainOptions
{
    /// <summary>What the optimizer decides by itself; a stage says all of it, so that it does not inherit what another optimizer decided.</summary>
    private static readonly string[] DecidedByOptimizer = ["weight_decay", "momentum", "opt_eps", "opt_betas"];

    /// <summary>
    /// The settings with the numbers that are used in the place of those nobody gave: what the optimizer decides, the measured mean and deviation, the
    /// ratio of random crops. They make the same run, and whoever reads them need not know any default.
    /// </summary>
    /// <param name="train">The training images.</param>
    /// <param name="task">What is trained for.</param>
    internal TrainOptions WithNumbersUsed(Dataset train, TrainingTask task)
    {
        var used = UpdateRule.WithNumbersUsed(this, task.Catalogues.Optimizers);
        return used with
        {
            Mean = Mean ?? Decimal(train.Mean),
            Std = Std ?? Decimal(train.Std),
            Ratio = Scale is null ? Ratio : Ratio ?? [.. Augmentation.None.Ratio],
            Stages = Stages is null ? null : StagesUsed(task),
        };
    }

    private string StagesUsed(TrainingTask task)
    {
        var list = JsonNode.Parse(Stages!)!.AsArray();
        foreach (var stage in StageList.Of(this, task))
        {
            var used = JsonNode.Parse(UpdateRule.WithNumbersUsed(stage.Options, task.Catalogues.Optimizers).ToJson())!.AsObject();
            foreach (string key in DecidedByOptimizer)
                list[stage.Index]![key] = used[key]?.DeepClone();
        }

        return list.ToJsonString(Yaml);
    }

    // The shortest decimal of the 32-bit float that is computed with, which reads back as the same float.
    private static double[] Decimal(IReadOnlyList<float> values) =>
        [.. values.Select(v => double.Parse(v.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture))];
}
