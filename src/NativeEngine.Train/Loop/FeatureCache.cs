using System.Runtime.InteropServices;
using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>The pooled features of a frozen backbone: computed once, so that epochs run the classifier alone.</summary>
internal static class FeatureCache
{
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
    }.OfType<string>());

    /// <summary>
    /// The features of images that are trained on, bit for bit as every epoch would compute them: in batches of one size, and where the smaller
    /// last batch of an epoch takes other kernels that round otherwise, in batches of that size, too.
    /// </summary>
    public static FeatureDataset ComputeTrain(Model model, Dataset data, TrainOptions options, CancellationToken stop)
    {
        var rows = Rows(model, data, EpochPlan.Covering(data.Count, options.BatchSize), options.Workers, stop);
        int rest = options.DropLast ? 0 : data.Count % options.BatchSize;
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
            var values = engine.Backend.FloatType == DType.Float64 ? MemoryMarshal.AsBytes(features.ToArray<double>().AsSpan()) : MemoryMarshal.AsBytes(features.ToArray<float>().AsSpan());
            int size = values.Length / host.Count;
            var samples = plan.Batch(host.Index);
            for (int i = 0; i < samples.Length; i++)
                rows[samples[i]] = values.Slice(i * size, size).ToArray();
        }

        return rows;
    }
}
