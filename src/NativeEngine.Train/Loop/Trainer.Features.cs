using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train;

public sealed partial class Trainer
{
    private Dataset _source, _evalSource; // the images, or the features of a backbone that does not change any more
    private bool _mayCache;

    /// <summary>Decides whether the stage runs on cached features; says why not where that is worth knowing.</summary>
    /// <exception cref="UsageException">They are asked for, but change during training.</exception>
    [MemberNotNull(nameof(_source), nameof(_evalSource), nameof(_uploader))]
    private void PlanFeatures()
    {
        (_source, _evalSource) = (_train, _eval);
        _uploader = new BatchUploader(_engine, _source);
        _mayCache = false;
        bool frozen = _model.NamedParameters().Any(p => p.Frozen);
        if (_options.CacheFeatures == false || (_options.CacheFeatures is null && !frozen))
            return;
        if (FeatureCache.Obstacle(_model) is { } obstacle)
        {
            if (_options.CacheFeatures == true)
                throw new UsageException($"cache_features: {obstacle}");
            return;
        }

        string changes = FeatureCache.Changes(_augmentation);
        if (changes.Length > 0 && _options.CacheFeatures is null)
        {
            _notes.Add($"the frozen backbone computes its features anew in every epoch, because {changes} changes the images; --cache-features trains on "
                + "the images as they are, with features computed once");
            return;
        }

        if (MemoryObstacle(_options) is { } tooMany)
        {
            if (_options.CacheFeatures == true)
                throw new UsageException($"cache_features: {tooMany}");
            _notes.Add($"the frozen backbone computes its features anew in every epoch, because {tooMany}");
            return;
        }

        if (changes.Length > 0)
        {
            _notes.Add($"cache_features: images are used as they are, without {changes}");
            _augmentation = Augmentation.None;
        }

        _mayCache = true;
    }

    private string? MemoryObstacle(TrainOptions options)
    {
        var epoch = FirstEpoch(options);
        bool twice = epoch.Batch(epoch.Batches - 1).Length < options.BatchSize;
        return FeatureCache.MemoryObstacle(_model, _train.Count + _eval.Count, twice ? _train.Count : 0, FeatureCache.FreeBytes());
    }

    /// <summary>Computes the features when the stage runs on them and they are not there.</summary>
    private void CacheFeatures(CancellationToken stop)
    {
        if (!_mayCache || _source is FeatureDataset)
            return;
        long start = Stopwatch.GetTimestamp();
        var train = FeatureCache.ComputeTrain(_model, _train, FirstEpoch(_options), _options, stop);
        _evalSource = FeatureCache.ComputeEval(_model, _eval, _options, stop);
        _source = train;
        _uploader = new BatchUploader(_engine, _source);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        _progress.EpochSeconds += seconds;
        _progress.TrainSeconds += seconds;
        Note($"features of the frozen backbone: {train.Length} of each of {_train.Count + _eval.Count} images, "
            + FormattableString.Invariant($"computed once in {seconds:F1}s; epochs train {_model.Head} alone"));
    }
}
