using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>Finds and loads the data a configuration names.</summary>
public static class TrainingData
{
    private const int GreyOrColour = 3; // of a folder, when nothing else is said

    /// <summary>
    /// Loads both parts with the classes, channels, size and normalisation the options ask for; with <see cref="TrainOptions.ValFraction"/>
    /// the evaluated part is held out of the training part.
    /// </summary>
    /// <exception cref="DataException">Missing or invalid.</exception>
    /// <exception cref="UsageException">The options do not fit the data.</exception>
    public static DatasetPair Load(TrainOptions options)
    {
        var (train, eval) = options.Dataset == "folder" ? LoadFolder(options) : LoadIdx(options);
        if (options.Classes is { } names)
            (train, eval) = (train.OnlyClasses(names), options.ValFraction > 0 ? null : eval?.OnlyClasses(names));
        if (options.ValFraction > 0)
            (train, eval) = train.Split(options.ValFraction, options.Seed);
        if (eval is null)
            throw new UsageException($"{train.Name} has no part for validation (a folder val beside train); hold out a part of the images with val_fraction 0.2");
        return new DatasetPair(Fit(options, train), Fit(options, eval));
    }

    /// <summary>
    /// Loads the images a model is evaluated on: those its training held out, or those of <paramref name="other"/>. Of a folder only these images
    /// are decoded, and one without parts is taken whole.
    /// </summary>
    /// <param name="options">The settings of the training.</param>
    /// <param name="other">Another place than that of the training.</param>
    public static Dataset LoadEval(TrainOptions options, string? other = null)
    {
        bool heldOut = options.ValFraction > 0 && (other is null || (options.Data is not null && Path.GetFullPath(other) == Path.GetFullPath(options.Data)));
        options = other is null ? options : options with { Data = other };
        if (heldOut || options.Dataset != "folder")
            return Load(options).Eval;
        var images = ImageFolder.LoadEval(FolderOf(options), Folder(options));
        return Fit(options, options.Classes is { } names ? images.OnlyClasses(names) : images);
    }

    private static (Dataset Train, Dataset? Eval) LoadIdx(TrainOptions options)
    {
        string path = DataLocator.Find(options.Data);
        if (!IdxFolder.Contains(path) && ImageFolder.Contains(path))
            throw new UsageException($"{path} holds folders of images, but dataset is {options.Dataset}; use --dataset folder");
        if (!IdxFolder.HasParts(path))
            throw new DataException(DataKind.Explain(path));
        var data = IdxFolder.Load(path, digits: options.Dataset == "mnist");
        return (data.Train, data.Eval);
    }

    private static (Dataset Train, Dataset? Eval) LoadFolder(TrainOptions options) => ImageFolder.Load(FolderOf(options), Folder(options));

    private static string FolderOf(TrainOptions options)
    {
        string path = options.Data ?? Environment.GetEnvironmentVariable(DataLocator.Variable) ?? throw new UsageException($"dataset folder needs data: the folder that holds the images (or {DataLocator.Variable})");
        return ImageFolder.Contains(path) ? path : throw new DataException(DataKind.Explain(path));
    }

    private static FolderOptions Folder(TrainOptions options) =>
        new(options.InChans ?? GreyOrColour, options.ImgSize ?? ModelCatalogue.Find(options.Model).Defaults.ImgSize, options.CropPct, options.Cache == "ram");

    private static Dataset Fit(TrainOptions options, Dataset data)
    {
        data = FittedDataset.Of(data, options.InChans ?? data.Channels, options.ImgSize ?? data.Height, options.ImgSize ?? data.Width);
        if (options.NumClasses is null && options.Mean is null)
            return data;
        int classes = options.NumClasses ?? data.Classes.Count;
        if (classes < data.Classes.Count)
            throw new UsageException($"num_classes {classes}: {data.Name} has {data.Classes.Count} classes; take some of them with classes {string.Join(",", data.Classes.Take(classes))}");
        if (options.Mean is not null && options.Mean.Length != data.Channels)
            throw new UsageException($"mean has {options.Mean.Length} numbers, but the images have {data.Channels} channels");
        var moments = options.Mean is null ? new PixelMoments(data.Mean, data.Std) : new PixelMoments(Array.ConvertAll(options.Mean, m => (float)m), Array.ConvertAll(options.Std!, s => (float)s));
        return data.WithClasses([.. data.Classes, .. Enumerable.Range(data.Classes.Count, classes - data.Classes.Count).Select(i => $"unused {i}")], moments);
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

        if (options.DryRun)
            data = new DatasetPair(First(data.Train, (long)options.BatchSize * options.GradAccumSteps, options.Seed), First(data.Eval, options.EvalBatchSize, options.Seed));
        return options.LabelNoise > 0 ? data with { Train = NoisyDataset.Of(data.Train, options.LabelNoise, options.Seed) } : data;
    }

    /// <summary>The class of every image that an epoch of a run on this data trains on.</summary>
    public static int[] TrainLabels(TrainOptions options, DatasetPair data) => Labels(Select(options, data).Train);

    /// <summary>The class of every image.</summary>
    internal static int[] Labels(Dataset data) => [.. Enumerable.Range(0, data.Count).Select(data.Label)];

    // A random choice, because a data set may be sorted by class.
    private static Dataset First(Dataset data, long count, ulong seed)
    {
        if (count >= data.Count)
            return data;
        var order = Philox.Permutation(new PhiloxKey(seed, RandomStream.Split, 1), data.Count);
        return data.Select(data.Name, order.AsSpan(0, (int)count));
    }
}
