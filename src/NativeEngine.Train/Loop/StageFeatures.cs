using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>Decides whether a stage trains on features of a frozen backbone, computed once, instead of on images.</summary>
internal static class StageFeatures
{
    /// <summary>Why a stage cannot train on cached features; null when it can.</summary>
    public static string? Obstacle(RunSetup run, TrainOptions options) => Refusal(run.Model) ?? MemoryObstacle(run, options);

    /// <summary>True when the stage runs on cached features; notes why not where that is worth knowing.</summary>
    /// <param name="run">The run.</param>
    /// <param name="options">The stage's settings.</param>
    /// <param name="augmentation">Its augmentation; none where features take the place of images.</param>
    /// <param name="note">Told what a person should know.</param>
    /// <exception cref="UsageException">They are asked for, but change during training.</exception>
    public static bool Plan(RunSetup run, TrainOptions options, ref Augmentation augmentation, Action<string> note)
    {
        bool frozen = run.Model.NamedParameters().Any(p => p.Frozen);
        if (options.CacheFeatures == false || (options.CacheFeatures is null && !frozen))
            return false;
        bool asked = options.CacheFeatures == true;
        if (Refusal(run.Model) is { } obstacle)
            return asked ? throw new UsageException($"cache_features: {obstacle}") : false;
        string changes = FeatureCache.Changes(augmentation);
        if (changes.Length > 0 && !asked)
        {
            note($"the frozen backbone computes its features anew in every epoch, because {changes} changes the images; --cache-features trains on "
                + "the images as they are, with features computed once");
            return false;
        }

        if (MemoryObstacle(run, options) is { } tooMany)
        {
            if (asked)
                throw new UsageException($"cache_features: {tooMany}");
            note($"the frozen backbone computes its features anew in every epoch, because {tooMany}");
            return false;
        }

        if (changes.Length > 0)
        {
            note($"cache_features: images are used as they are, without {changes}");
            augmentation = Augmentation.None;
        }

        return true;
    }

    private static string? Refusal(Network model) =>
        model is Model classifier ? FeatureCache.Obstacle(classifier) : $"{model.Architecture} has no features in front of a classifier";

    private static string? MemoryObstacle(RunSetup run, TrainOptions options)
    {
        var epoch = run.Plan(options, 0);
        bool twice = epoch.Batch(epoch.Batches - 1).Length < options.BatchSize;
        int train = run.Train.Count;
        return FeatureCache.MemoryObstacle((Model)run.Model, train + run.Eval.Count, twice ? train : 0, FeatureCache.FreeBytes());
    }
}
