using System.Runtime.InteropServices;
using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>The pooled features of a frozen backbone: computed once, so that epochs run the classifier alone.</summary>
internal static class FeatureCache
{
    /// <summary>Why the features of that many images do not fit into the memory that is free, or null when they do.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">Images that are trained on and evaluated.</param>
    /// <param name="restImages">Images that are kept a second time, as the smaller last batch of an epoch computes them.</param>
    /// <param name="free">Bytes.</param>
    public static string? MemoryObstacle(Model model, long images, long restImages, long free)
    {
        const int rowOverhead = 32; // of an array and the reference to it
        const double gib = 1 << 30;
        long length = model.DescribeFeatures().Shape.Count, bytes = (images + restImages) * (length * model.Engine.Backend.FloatType.Size() + rowOverhead);
        return bytes <= free ? null
            : $"{length} features of each of {images} images{(restImages > 0 ? ", most of them twice," : "")} take "
                + FormattableString.Invariant($"{bytes / gib:F2} GiB, and {Math.Max(0, free) / gib:F2} GiB of memory are free");
    }

    /// <summary>Memory that is free, as far as the runtime knows: a container's limit counts.</summary>
    public static long FreeBytes() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - Environment.WorkingSet;

    /// <summary>Why the features of the model change during training, or null when they do not.</summary>
    public static string? Obstacle(Model model)
    {
        var trained = model.NamedParameters().Where(p => !p.Frozen && !p.Name.StartsWith($"{model.Head}.", StringComparison.Ordinal)).ToList();
        if (trained.Count > 0)
            return $"{trained[0].Name} is trained, and only {model.Head} may be (freeze_backbone)";
        var (shape, random) = model.DescribeFeatures();
        if (random.Count > 0)
            return $"{string.Join(", ", random)} draws random numbers in training (drop 0 and drop_path 0 turn that off)";
        return shape.Rank == 2 ? null : $"{model.Architecture} classifies maps of {shape[2]}x{shape[3]} features before it pools";
    }

    /// <summary>Which settings of the augmentation change an image from epoch to epoch; empty when none does.</summary>
    public static string Changes(Augmentation augmentation) => string.Join(" and ", new[]
    {
        augmentation.Shift > 0 ? $"random_shift {augmentation.Shift}" : null,
        augmentation.FlipProbability > 0 ? FormattableString.Invariant($"hflip {augmentation.FlipProbability}") : null,
        augmentation.Scale is not null ? "scale" : null,
        augmentation.Whole is not null ? "transforms" : null,
        augmentation.Then is { } then ? string.Join(", ", then.Transforms.Select(t => t.Name)) : null,
        augmentation.Mixer is not null ? "mixing" : null,
    }.OfType<string>());

    /// <summary>
    /// The features of images that are trained on, bit for bit as every epoch would compute them: in batches of one size, and where the smaller
    /// last batch of an epoch takes other kernels that round otherwise, in batches of that size, too.
    /// </summary>
    public static FeatureDataset ComputeTrain(Model model, Dataset data, EpochPlan epoch, TrainOptions options, CancellationToken stop)
    {
        var rows = Rows(model, data, EpochPlan.Covering(data.Count, options.BatchSize), options.Workers, stop);
        int rest = epoch.Batch(epoch.Batches - 1).Length % options.BatchSize;
        byte[][]? restRows = null;
        if (rest > 0)
        {
            var probe = Rows(model, data, EpochPlan.InOrder(rest, rest), 0, stop);
            if (!Enumerable.Range(0, rest).All(i => probe[i].AsSpan().SequenceEqual(rows[i])))
                restRows = Rows(model, data, EpochPlan.Covering(data.Count, rest), options.Workers, stop);
        }

        return Make(model, data, rows, restRows, rest);
    }

    /// <summary>The features of images that are evaluated: always in the same batches.</summary>
    public static FeatureDataset ComputeEval(Model model, Dataset data, TrainOptions options, CancellationToken stop) =>
        Make(model, data, Rows(model, data, EpochPlan.InOrder(data.Count, options.EvalBatchSize), options.Workers, stop));

    private static FeatureDataset Make(Model model, Dataset data, byte[][] rows, byte[][]? rest = null, int restSize = 0)
    {
        var type = model.Engine.Backend.FloatType;
        return FeatureDataset.Of(data, rows, rows[0].Length / type.Size(), type, rest, restSize);
    }

    // Runs in evaluation mode, which for a frozen backbone is how it runs in training, too.
    private static byte[][] Rows(Model model, Dataset data, EpochPlan plan, int workers, CancellationToken stop)
    {
        var engine = model.Engine;
        var rows = new byte[data.Count][];
        using var evaluation = model.PauseTraining();
        using var noGrad = engine.NoGrad();
        using var loader = new BatchLoader(data, plan, Augmentation.None, engine.Seed, workers);
        var uploader = new BatchUploader(engine, data);
        while (loader.Next() is { } host)
        {
            stop.ThrowIfCancellationRequested();
            using var step = engine.BeginStep();
            var features = model.Features(uploader.Upload(host).Images);
            var values = engine.Backend.FloatType == DType.Float64 ? MemoryMarshal.AsBytes(features.ToArray<double>().AsSpan())
                : MemoryMarshal.AsBytes(features.ToArray<float>().AsSpan());
            int size = values.Length / host.Count;
            var samples = plan.Batch(host.Index);
            for (int i = 0; i < samples.Length; i++)
                rows[samples[i]] = values.Slice(i * size, size).ToArray();
        }

        return rows;
    }
}
