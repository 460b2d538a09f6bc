using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>Finds and loads the data a configuration names.</summary>
public static class TrainingData
{
    private const int GreyOrColour = 3, DrawingSize = 64; // of a folder, when nothing else is said

    /// <summary>
    /// Loads both parts with the classes, channels, size and normalisation the options ask for; with <see cref="TrainOptions.ValFraction"/>
    /// the evaluated part is held out of the training part.
    /// </summary>
    /// <param name="options">The settings.</param>
    /// <param name="formats">The forms of data sets there are.</param>
    /// <exception cref="DataException">Missing or invalid.</exception>
    /// <exception cref="UsageException">The options do not fit the data.</exception>
    public static DatasetPair Load(TrainOptions options, DatasetFormats? formats = null) => Load(options, null, formats);

    /// <summary>Loads the data to go on with a run: what it held out stays held out, new images are decided by the same rule, and what came and went is
    /// noted.</summary>
    /// <param name="options">The run's settings, perhaps changed.</param>
    /// <param name="run">The run.</param>
    /// <param name="formats">The forms of data sets there are.</param>
    /// <exception cref="UsageException">Another <see cref="TrainOptions.ValFraction"/>: images that were trained on would be evaluated.</exception>
    public static DatasetPair LoadFor(TrainOptions options, RunFolder run, DatasetFormats? formats = null)
    {
        var card = CheckpointPair.ReadCard(run.CheckpointFolder, CheckpointPair.Last);
        if (card.Options.ValFraction != options.ValFraction)
        {
            throw new UsageException($"val_fraction {options.ValFraction}: {run.Path} was trained with {card.Options.ValFraction}, and another split "
                + "would evaluate images that were trained on; "
                + $"a run goes on with its own split (leave val_fraction out)");
        }

        return Load(options, SplitRecord.Of(card, CheckpointPair.WeightsFile(run.CheckpointFolder, CheckpointPair.Last)), formats);
    }

    private static DatasetPair Load(TrainOptions options, SplitRecord? recorded, DatasetFormats? formats)
    {
        var notes = new List<string>();
        formats ??= DatasetFormats.Default;
        var (train, eval) = formats.Load(formats.Find(options.Dataset), Request(options, notes.Add));
        if (options.Classes is { } names)
            (train, eval) = (train.OnlyClasses(names), options.ValFraction > 0 ? null : eval?.OnlyClasses(names));
        var split = options.ValFraction > 0 ? recorded?.Split ?? ValidationSplit.Draw(train, options.ValFraction, options.Seed, options.FoldNumber) : null;
        if (split is not null)
        {
            notes.AddRange(recorded?.Changes(Enumerable.Range(0, train.Count).Select(i => (train.Classes[train.Label(i)], train.Key(i)))) ?? []);
            (train, eval) = split.Apply(train);
            string how = recorded is not null ? "as the run recorded it"
                : $"val_fraction {split.Fraction} of each class by a hash of seed {split.Seed} and each image's name; the run remembers them";
            notes.Add($"validation: {eval.Count} of {train.Count + eval.Count} images held out, {how}");
        }

        eval ??= options.OverfitBatches > 0 ? train : null; // evaluated on its training batches
        if (eval is null)
            throw new UsageException($"{train.Name} has no part for validation (a folder val beside train); hold out a part of the images with "
                + "val_fraction 0.2");
        if (train.Classes is [var only])
            notes.Add($"there is only one class, {only}: every answer is right and nothing is learned; expected two classes or more");
        var (trained, evaluated) = (Labels(train).ToHashSet(), Labels(eval).ToHashSet());
        notes.AddRange(Without(train.Classes, trained, "training", "the model cannot learn"));
        notes.AddRange(Without(train.Classes, evaluated, "validation", "nothing is measured of"));
        if (trained is { Count: 1 } && options.NumClasses is null or 1)
            notes.Add($"all images that are trained on are of one class ({train.Classes[trained.First()]}): there is nothing to tell it from, and any "
                + "model is right; one folder for each class is expected");
        return new DatasetPair(Fit(options, train), Fit(options, eval)) { Split = split, Notes = notes };
    }

    private static IEnumerable<string> Without(IReadOnlyList<string> classes, HashSet<int> present, string part, string meaning)
    {
        string[] without = [.. classes.Where((_, i) => !present.Contains(i))];
        if (without.Length > 0)
            yield return $"no {part} image of class {NameList.Some(without, 5)}: {meaning} {(without.Length == 1 ? "it" : "them")}";
    }

    /// <summary>
    /// Loads the images a model is evaluated on: those its training held out, as it recorded them, or those of another place. Of a folder only
    /// these images are decoded, and one without parts is taken whole.
    /// </summary>
    /// <param name="card">What the model says of itself.</param>
    /// <param name="weights">Its file, beside which the run recorded its images.</param>
    /// <param name="source">Where they are; null for the training's own.</param>
    /// <param name="note">Told what a person should know about the images.</param>
    /// <param name="formats">The forms of data sets there are.</param>
    public static Dataset LoadEval(ModelCard card, string weights, EvalSource? source = null, Action<string>? note = null, DatasetFormats? formats = null)
    {
        source ??= new EvalSource(null);
        if (source.HeldOut && card.Options.ValFraction <= 0)
            throw new UsageException($"{weights}: its training held out no images (val_fraction 0)");
        bool heldOut = card.Options.ValFraction > 0
            && (source.HeldOut || source.Data is null || (card.Options.Data is not null && SamePlace(source.Data, card.Options.Data)));
        var options = card.Options with
        {
            Data = source.Data ?? card.Options.Data,
            NumClasses = null,
            Mean = null,
            Std = null,
            AllowEmpty = source.AllowEmpty || card.Options.AllowEmpty
        };
        var recorded = heldOut ? SplitRecord.Of(card, weights) : null;
        var request = Request(options, note) with { KnownClasses = card.ClassesAreNamed ? card.Classes : null };
        if (DatasetFormats.Layout((formats ?? DatasetFormats.Default).Find(options.Dataset), request) is not { } layout)
        {
            var data = Load(heldOut ? options : options with { ValFraction = 0 }, recorded, formats);
            foreach (string text in data.Notes)
                note?.Invoke(text);
            return Prepare(options, data.Eval, formats ?? DatasetFormats.Default);
        }

        foreach (string text in layout.Notes)
            note?.Invoke(text);
        if (recorded is null && layout is { HasParts: false, Train: { } whole } && card.Split is not null
                && SplitRecord.Of(card, weights)!.Trained(Keys(whole.Classes)) is > 0 and var known && 2 * known > whole.Count)
            note?.Invoke($"{known} of the {whole.Count} images of {layout.Path} have the names of images that were trained on; if they are the training's "
                + "data in another place, held-out takes only the others");
        var part = recorded is null ? layout.Eval ?? layout.Train! : HeldOut(layout, recorded, options.Classes is null, note);
        if (!card.ClassesAreNamed && layout.Train is { } numbered && numbered.Classes.Count == card.Classes.Count)
            part = Numbered(part, numbered);
        if (options.Classes is { } names)
            part = part with { Classes = [.. part.Classes.Where(c => names.Contains(c.Name))] };
        return Fit(options, ImageFolder.Load(part, request.Reading()));
    }

    // Outputs without names have the numbers of the training part's classes, of which the evaluated part may lack some.
    private static FolderPart Numbered(FolderPart part, FolderPart train)
    {
        var own = part.Classes.ToDictionary(c => c.Name);
        ClassFolder[] classes = [.. train.Classes.Select(c => own.GetValueOrDefault(c.Name, c with { Images = [] }))];
        return own.Keys.All(name => classes.Any(c => c.Name == name)) ? part with { Classes = classes } : part;
    }

    private static FolderPart HeldOut(FolderLayout layout, SplitRecord recorded, bool allClasses, Action<string>? note)
    {
        var all = layout.Train ?? throw new DataException($"{layout.Path} has no training part any more, of which images were held out");
        ClassFolder[] classes = [.. all.Classes.Where(c => recorded.Split.Knows(c.Name))];
        if (all.Classes.Count > classes.Length && allClasses)
            note?.Invoke($"classes that are new since the training are left out: {NameList.Some([.. all.Classes.Except(classes).Select(c => c.Name)], 5)}");
        foreach (string text in recorded.Changes(Keys(classes)))
            note?.Invoke(text);
        ClassFolder[] held = [.. classes.Select(c => c with { Images = [.. c.Images.Where(i => recorded.Split.Holds(c.Name, c.Key(i)))] })];
        return all with { Name = $"{all.Name} (held out)", Classes = held };
    }

    private static IEnumerable<(string Class, string Key)> Keys(IEnumerable<ClassFolder> classes) =>
        classes.SelectMany(c => c.Images.Select(i => (c.Name, c.Key(i))));

    private static bool SamePlace(string a, string b)
    {
        static string Full(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return Full(a) == Full(b);
    }

    /// <summary>The settings with the library that really decodes the images of a folder, so that eval, predict and resume use it again.</summary>
    internal static TrainOptions RecordDecoder(TrainOptions options, DatasetFormats formats) =>
        formats.Find(options.Dataset).ReadsPictures ? options with { Decoder = ImageDecoders.Resolve(options.Decoder, out _) } : options;

    /// <summary>How image files are read and fitted.</summary>
    internal static FolderOptions Folder(TrainOptions options, int channels, int size) =>
        new(channels, size, options.CropPct, options.Cache)
        {
            Interpolation = Interpolation.Find(options.Interpolation),
            Images = options.ImageReading,
            KeepsSize = options.Transforms is not null || (options.Scale is not null && options.Cache == ImageCache.None),
            Prepare = options.EvalTransforms is { } list ? TransformList.Parse(list) : options.CropMode switch
            {
                CropMode.Squash => new TransformList([new ResizeTransform { Mode = ResizeMode.Squash, Interpolation = options.Interpolation }]),
                CropMode.Border => new TransformList([new ResizeTransform { Mode = ResizeMode.Border, Interpolation = options.Interpolation }]),
                _ => null,
            },
        };

    /// <summary>Images that are evaluated, where a format does not prepare them itself.</summary>
    internal static Dataset Prepare(TrainOptions options, Dataset data, DatasetFormats formats) =>
        options.EvalTransforms is not { } list || formats.Find(options.Dataset).ReadsPictures ? data : PreparedDataset.Of(data, TransformList.Parse(list));

    private static DataRequest Request(TrainOptions options, Action<string>? note)
    {
        FolderOptions Reading() => Folder(options, options.InChans ?? GreyOrColour, options.ImgSize ?? ModelCatalogue.Find(options.Model).Defaults.ImgSize)
            with
        { SkipUnreadable = options.SkipUnreadable, Note = note };
        StrokeOptions Strokes() => new(options.ImgSize ?? DrawingSize, options.InChans ?? 1)
        {
            LineWidth = options.LineWidth, SkipRows = options.SkipRows, RowsPerClass = options.RowsPerClass,
        };
        return new DataRequest(options.Data, Reading)
        {
            Strokes = Strokes, AllowEmpty = options.AllowEmpty, Note = note,
            Labels = options.Labels, Root = options.Root, ClassMap = options.ClassMap,
        };
    }

    private static Dataset Fit(TrainOptions options, Dataset data)
    {
        data = FittedDataset.Of(data, options.InChans ?? data.Channels, options.ImgSize ?? data.Height, options.ImgSize ?? data.Width,
            Interpolation.Find(options.Interpolation));
        if (options.NumClasses is null && options.Mean is null)
            return data;
        int classes = options.NumClasses ?? data.Classes.Count;
        if (classes < data.Classes.Count)
            throw new UsageException($"num_classes {classes}: {data.Name} has {data.Classes.Count} classes; take some of them with classes "
                + $"{string.Join(",", data.Classes.Take(classes))}");
        if (options.Mean is not null && options.Mean.Length != data.Channels)
            throw new UsageException($"mean has {options.Mean.Length} numbers, but the images have {data.Channels} channels");
        var moments = options.Mean is null ? new PixelMoments(data.Mean, data.Std)
            : new PixelMoments(Array.ConvertAll(options.Mean, m => (float)m), Array.ConvertAll(options.Std!, s => (float)s));
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
            data = data with { Train = few, Eval = few };
        }

        if (options.DryRun)
            data = data with
            {
                Train = First(data.Train, (long)options.BatchSize * options.GradAccumSteps, options.Seed),
                Eval = First(data.Eval, options.EvalBatchSize, options.Seed)
            };
        if (options.Fraction < 1)
            data = data with { Train = Part(data.Train, options.Fraction, options.Seed) };
        return options.LabelNoise > 0 ? data with { Train = NoisyDataset.Of(data.Train, options.LabelNoise, options.Seed, options.LabelNoiseKind) } : data;
    }

    /// <summary>The class of every image that an epoch of a run on this data trains on.</summary>
    public static int[] TrainLabels(TrainOptions options, DatasetPair data) => Labels(Select(options, data).Train);

    /// <summary>The class of every image.</summary>
    internal static int[] Labels(Dataset data) => [.. Enumerable.Range(0, data.Count).Select(data.Label)];

    // Of each class the same part, at least one image, chosen at random.
    private static Dataset Part(Dataset data, double fraction, ulong seed)
    {
        var chosen = Philox.Permutation(new PhiloxKey(seed, RandomStream.Split, 4), data.Count).GroupBy(data.Label)
            .SelectMany(c => c.Take(Math.Max(1, (int)Math.Round(c.Count() * fraction))));
        return data.Select(data.Name, [.. chosen.Order()]);
    }

    // A random choice, because a data set may be sorted by class.
    private static Dataset First(Dataset data, long count, ulong seed)
    {
        if (count >= data.Count)
            return data;
        var order = Philox.Permutation(new PhiloxKey(seed, RandomStream.Split, 1), data.Count);
        return data.Select(data.Name, order.AsSpan(0, (int)count));
    }
}
