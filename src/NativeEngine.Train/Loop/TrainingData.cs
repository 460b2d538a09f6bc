using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train;

/// <summary>Finds and loads the data a configuration names.</summary>
public static class TrainingData
{
    /// <summary>Loads both parts; with <see cref="TrainOptions.ValFraction"/> the evaluated part is held out of the training part.</summary>
    /// <exception cref="DataException">Missing or invalid.</exception>
    public static DatasetPair Load(TrainOptions options)
    {
        var data = IdxFolder.Load(DataLocator.Find(options.Data), digits: options.Dataset == "mnist");
        if (options.ValFraction <= 0)
            return data;
        var (train, validation) = data.Train.Split(options.ValFraction, options.Seed);
        return new DatasetPair(train, validation);
    }

    /// <summary>
    /// The part of the data a run really uses: all of it, or for <see cref="TrainOptions.OverfitBatches"/> the first batches for both
    /// parts, or for <see cref="TrainOptions.DryRun"/> one batch of each.
    /// </summary>
    internal static DatasetPair Select(TrainOptions options, DatasetPair data)
    {
        if (options.OverfitBatches > 0)
        {
            var few = First(data.Train, (long)options.OverfitBatches * options.BatchSize, options.Seed);
            data = new DatasetPair(few, few);
        }

        return options.DryRun
            ? new DatasetPair(First(data.Train, (long)options.BatchSize * options.GradAccumSteps, options.Seed), First(data.Eval, options.EvalBatchSize, options.Seed))
            : data;
    }

    // A random choice, because a data set may be sorted by class.
    private static MemoryDataset First(MemoryDataset data, long count, ulong seed)
    {
        if (count >= data.Count)
            return data;
        var order = Philox.Permutation(new PhiloxKey(seed, RandomStream.Split, 1), data.Count);
        return data.Select(data.Name, order.AsSpan(0, (int)count));
    }
}
