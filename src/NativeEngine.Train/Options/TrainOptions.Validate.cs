using System.Globalization;
using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Train;

public sealed partial record TrainOptions
{
    /// <summary>How image files are read.</summary>
    internal NativeEngine.Data.ImageOptions ImageReading => new(Decoder, Exif, NativeEngine.Data.Background.Parse(Background));

    /// <summary>True for sgd, also inside sam or lookahead.</summary>
    internal bool IsSgd => Opt == "sgd" || Opt.EndsWith("_sgd", StringComparison.Ordinal);

    /// <summary>The part that <see cref="Fold"/> holds out, counted from 0.</summary>
    internal int FoldNumber => FoldOf(Fold) is var (number, _) ? number - 1 : 0;

    /// <summary>The numbers of a fold: <c>2/5</c> is (2, 5); (1, 0) for none.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static (int Number, int Count) FoldOf(string? fold)
    {
        if (fold is null)
            return (1, 0);
        return fold.Split('/') is [var a, var b] && int.TryParse(a, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && int.TryParse(b, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is >= 2 and <= 1000 && number >= 1 && number <= count
            ? (number, count) : throw new UsageException($"fold '{fold}': expected NUMBER/PARTS such as 2/5");
    }

    /// <summary>Checks every value of a run that classifies, and that they do not contradict each other.</summary>
    /// <exception cref="UsageException">Names the key, what was expected and what it is.</exception>
    public void Validate() => Validate(TrainingTask.Of(this, null));

    /// <summary>Checks every value and that they do not contradict each other.</summary>
    /// <exception cref="UsageException">Names the key, what was expected and what it is.</exception>
    /// <param name="task">What is trained for.</param>
    public void Validate(TrainingTask task)
    {
        foreach (var setting in Settings)
            setting.Check(setting.Property.GetValue(this));
        _ = task.Catalogues.Formats.Find(Dataset);
        OneOf("decoder", Decoder, NativeEngine.Data.ImageDecoders.Names);
        _ = NativeEngine.Data.Interpolation.Find(Interpolation);
        _ = NativeEngine.Data.Background.Parse(Background);
        OneOf("opt", Opt, task.Catalogues.Optimizers.Names);
        OneOf("sched", Sched, Schedule.Names);
        Range("samples_per_class", SamplesPerClass, SamplesPerClass >= 1 && (Sampler != Sampling.Pk || BatchSize % SamplesPerClass == 0),
            $"a divisor of batch_size {BatchSize}");
        Pair("scale", Scale, Scale is not [> 0, <= 1], "two rising numbers above 0 up to 1");
        Pair("ratio", Ratio, Ratio is not [> 0, _], "two rising numbers above 0");
        Range("in_chans", InChans, InChans is null or 1 or 3, "1 (grey) or 3 (colour)");
        if (Mean is null != Std is null)
            throw new UsageException("mean and std are given together or not at all");
        if (Std is not null && (Std.Length != Mean!.Length || Std.Any(s => !(s > 0)) || Std.Length is not (1 or 3)))
            throw new UsageException($"mean [{string.Join(", ", Mean)}], std [{string.Join(", ", Std)}]: expected one number per channel each, std above 0");
        if (Mean is not null && (Mean.Any(m => !(m is >= 0 and <= 1)) || Std!.Any(s => s > 1)))
            throw new UsageException($"mean [{string.Join(", ", Mean)}], std [{string.Join(", ", Std!)}]: expected numbers in units of 0 … 1, as pixels "
                + $"are divided by 255 first{InUnits(Mean, Std!)}");
        if (FoldOf(Fold) is { Count: > 0 and var folds } && Math.Abs(ValFraction - (1.0 / folds)) > 1e-9)
            throw new UsageException($"fold {Fold} holds out one of {folds} parts, but val_fraction is {ValFraction}; leave val_fraction out");
        if (Classes is [])
            throw new UsageException("classes: expected at least one name");
        if (OptBetas is not null and not [>= 0 and < 1, >= 0 and < 1])
            throw new UsageException($"opt_betas [{string.Join(", ", OptBetas)}]: expected two numbers from 0 up to but not including 1");
        Range("warmup_epochs", WarmupEpochs, WarmupEpochs >= 0 && WarmupEpochs < Epochs, $"0 up to but not including epochs = {Epochs}");
        Range("min_lr", MinLr, MinLr >= 0 && MinLr <= Lr, $"0..lr = {Lr}");
        for (int i = 0; i < Milestones.Length; i++)
            Range("milestones", Milestones[i],
                Milestones[i].Value > (i == 0 ? 0 : Milestones[i - 1].Value) && Milestones[i].InUpdates == Milestones[0].InUpdates,
                "rising epochs, or rising updates");
        Range("step_size", StepSize, StepSize.Value > 0, "a number above 0");
        if (Sched == "multistep" && Milestones.Length == 0)
            throw new UsageException("sched multistep needs milestones, for example milestones 3,5");
        if (Sched != "multistep" && Milestones.Length > 0)
            throw new UsageException($"milestones are only used by sched multistep, but sched is {Sched}");
        if (Sched == "onecycle" && WarmupEpochs > 0)
            throw new UsageException("sched onecycle warms up by itself; it cannot be combined with warmup_epochs");
        if (Nesterov && (!IsSgd || Momentum == 0))
            throw new UsageException($"nesterov needs opt sgd with momentum, but opt is {Opt}{(Momentum == 0 ? " with momentum 0" : "")}");
        Range("unfreeze_at", UnfreezeAt, UnfreezeAt >= 0 && (UnfreezeAt < Epochs || DryRun),
            $"an epoch from 1 up to but not including epochs = {Epochs}, or 0");
        if (UnfreezeAt > 0 && Freeze is null && !FreezeBackbone)
            throw new UsageException("unfreeze_at releases what freeze or freeze_backbone froze, but neither is given");
        if (Stages is not null)
        {
            if (UnfreezeAt > 0)
                throw new UsageException("unfreeze_at cannot be combined with stages; give a stage of its own without freeze");
            StageList.Of(this, task);
        }

        if (OverfitBatches > 0 && ValFraction > 0)
            throw new UsageException("overfit_batches evaluates on its training batches; it cannot be combined with val_fraction");
        if (Name is not null && (Name.Length == 0 || Name is "." or ".." || Name.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) >= 0))
            throw new UsageException($"name '{Name}': expected a plain folder name");
        _ = LearningRateFactors.Parse(LrMult);
        TrainingAugmentation.Validate(this);
        task.Validate(this);
        UpdateRule.Validate(this, task.Catalogues.Optimizers);
        _ = new LearningRateCurve(this, 1);
    }

    /// <summary>Moments of pixels 0 … 255 in units of 0 … 1, as a person would give them; empty where they are no such moments.</summary>
    private static string InUnits(double[] mean, double[] std)
    {
        if (mean.Concat(std).Any(v => !(v is >= 0 and <= 255)))
            return "";
        static string Divided(double[] values) => string.Join(',', values.Select(v => (v / 255).ToString("0.#####", CultureInfo.InvariantCulture)));
        bool bytes = mean.Any(v => v > 1);
        return "; these look like 0 … 255, so give" + (bytes ? $" mean {Divided(mean)}" : "") + (bytes && std.Any(s => s >= 1) ? " and" : "")
            + (std.Any(s => s >= 1) ? $" std {Divided(std)}" : "");
    }

    private static void Pair(string key, double[]? values, bool outside, string expected)
    {
        if (values is not null && (outside || values.Length != 2 || values[0] > values[1]))
            throw new UsageException($"{key} [{string.Join(", ", values)}]: expected {expected}");
    }

    private static void Range<T>(string key, T value, bool valid, string expected)
    {
        if (!valid)
            throw new UsageException($"{key} {value}: expected {expected}");
    }

    private static void OneOf(string key, string value, IReadOnlyList<string> known)
    {
        if (!known.Contains(value))
            throw new UsageException($"unknown {key} '{value}'{NearestName.Suggest(value, known)}; known are {string.Join(", ", known)}");
    }
}
