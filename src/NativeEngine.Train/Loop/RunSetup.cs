using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>What stays the same from the first update of a run to its last: model, task, images, settings.</summary>
internal sealed class RunSetup
{
    private const int SmallestOfLarge = 112;

    private int[]? _labels;

    /// <param name="engine">The device; its seed is set.</param>
    /// <param name="task">What is trained for.</param>
    /// <param name="options">All settings.</param>
    /// <param name="data">The images.</param>
    /// <param name="model">A model of one's own; null makes the one that the settings name.</param>
    public RunSetup(Engine engine, TrainingTask task, TrainOptions options, DatasetPair data, Network? model)
    {
        if (model is not null)
            options = options with { Model = model.Architecture };
        options = task.Complete(options with { Task = TrainingTask.Known.Contains(task) ? task.Name : options.Task });
        options.Validate(task);
        if (options.DryRun)
            options = options with { Epochs = 1, WarmupEpochs = 0 };
        (Engine, Task, Data) = (engine, task, data);
        options = TrainingData.RecordDecoder(options, task.Catalogues.Formats);
        data = TrainingData.Select(options, data);
        (Options, Train) = (options.WithNumbersUsed(data.Train, task), data.Train);
        Stages = StageList.Of(Options, task);
        // evaluated as it is trained
        Eval = TrainingData.Prepare(Options, data.Eval, task.Catalogues.Formats).WithClasses(Train.Classes, new PixelMoments(Train.Mean, Train.Std));
        Deciding = task.Deciding(Options.EvalMetric, Stages.Select(s => s.Options));
        engine.Seed = Options.Seed;
        Model = model ?? CreateModel();
        Model.Train();
        CheckStages();
    }

    public Engine Engine { get; }

    public TrainingTask Task { get; }

    /// <summary>The settings of the whole run.</summary>
    public TrainOptions Options { get; }

    public IReadOnlyList<TrainStage> Stages { get; }

    public int Epochs => Stages[^1].EndEpoch;

    /// <summary>The images as they were handed in.</summary>
    public DatasetPair Data { get; }

    /// <summary>The images that are trained on.</summary>
    public Dataset Train { get; }

    /// <summary>The images that are evaluated.</summary>
    public Dataset Eval { get; }

    public Network Model { get; }

    /// <summary>What decides the best epoch; left to the task, it is one metric for all stages.</summary>
    public Metric Deciding { get; }

    /// <summary>The stage that an epoch belongs to.</summary>
    public TrainStage StageAt(int epoch) => Stages.FirstOrDefault(s => epoch < s.EndEpoch) ?? Stages[^1];

    /// <summary>The batches of an epoch.</summary>
    public EpochPlan Plan(TrainOptions options, int epoch) => LearningRateCurve.Plan(options, _labels ??= TrainingData.Labels(Train), epoch);

    /// <summary>A loader of an epoch's batches.</summary>
    public BatchLoader Load(Dataset source, EpochPlan plan, Augmentation augmentation, int workers, int firstBatch = 0) =>
        new(source, plan, augmentation, Options.Seed, workers, firstBatch,
            n => augmentation.Mixer is null ? Task.CreateTargets(source, n) : new MixedIds(n, source.Classes.Count));

    /// <summary>A sentence where the images are so small that a net made for larger ones has nothing left to pool; null elsewhere.</summary>
    public string? TooSmall()
    {
        int size = Train.Width;
        if (ModelCatalogue.All.FirstOrDefault(d => d.Name == Options.Model) is not { } definition || definition.Defaults.ImgSize < SmallestOfLarge
                || size >= definition.Defaults.ImgSize)
            return null; // nets for small images are meant to end in a few pixels
        var last = ModelSummary.Of(definition.Name, TrainingTask.SizesOf(Options, Train)).Layers.LastOrDefault(l => l.Output.Rank == 4);
        if (last is null || last.Output[2] * last.Output[3] > 1)
            return null;
        string small = $"{definition.Name}_cifar";
        return $"images of {size}x{size} shrink to a single pixel inside {definition.Name}, which is made for "
            + $"{definition.Defaults.ImgSize}x{definition.Defaults.ImgSize}: it sees no shapes; "
            + $"use {(ModelCatalogue.All.Any(d => d.Name == small) ? $"--model {small}" : "a model for small images (--model resnet18_cifar)")} or a "
                + "larger --img-size";
    }

    /// <summary>Freezes exactly what a stage freezes.</summary>
    public static void Freeze(Network model, TrainOptions options)
    {
        model.SetFrozen(_ => false);
        if (options.FreezeBackbone)
            model.FreezeBackbone();
        if (options.Freeze is not null)
            model.Freeze(options.Freeze);
        if (model.NamedParameters().All(p => p.Frozen))
        {
            string what = options.FreezeBackbone ? $"freeze_backbone leaves {model.Head}, which freeze '{options.Freeze}' freezes: that"
                : $"freeze '{options.Freeze}'";
            throw new UsageException($"{what} leaves no parameter of {options.Model} to train");
        }
    }

    private Network CreateModel() => Train.Height == Train.Width ? Task.CreateModel(Engine, Options, Train)
        : throw new DataException($"{Train.Name}: images of {Train.Height}x{Train.Width}, models take square images");

    /// <summary>
    /// Tries out what each stage asks of the model and the data before the first one trains: a mistake in the last must not show after hours.
    /// </summary>
    /// <exception cref="UsageException">Names the stage.</exception>
    private void CheckStages()
    {
        foreach (var stage in Stages)
        {
            try
            {
                Freeze(Model, stage.Options);
                _ = LearningRateFactors.Of(Model, stage.Options);
                _ = Task.Begin(Model, stage.Options, Train);
                if (stage.Options.CacheFeatures == true && StageFeatures.Obstacle(this, stage.Options) is { } obstacle)
                    throw new UsageException($"cache_features: {obstacle}");
                ProbeSmallestBatch(stage.Options);
                ProbeTransforms(stage.Options);
            }
            catch (UsageException e) when (Options.Stages is not null)
            {
                throw new UsageException($"{stage.Title}: {e.Message}", e);
            }
        }

        Model.SetFrozen(_ => false);
    }

    /// <summary>Makes one training and one evaluated image: transforms that end in another size must not wait for the first batch.</summary>
    private void ProbeTransforms(TrainOptions options)
    {
        foreach (var (data, augmentation) in new[] { (Train, TrainingAugmentation.Of(options, Train, Epochs)), (Eval, Augmentation.None) })
        {
            if (options.Transforms is null && options.EvalTransforms is null)
                return;
            using var loader = Load(data, EpochPlan.InOrder(1, 1), augmentation, workers: 0);
            loader.Next();
        }
    }

    /// <summary>
    /// Runs the smallest batch of an epoch once when it is a single image: batch norm over single values is an error that must not
    /// wait for the end of the first epoch.
    /// </summary>
    private void ProbeSmallestBatch(TrainOptions options)
    {
        var plan = Plan(options, 0);
        if (plan.Batch(plan.Batches - 1).Length > 1)
            return;
        try
        {
            using var noGrad = Engine.NoGrad();
            using var step = Engine.BeginStep();
            Model.ForwardAll(Engine.Zeros(Model.InputShape(1)));
        }
        catch (ShapeException e)
        {
            throw new UsageException($"batch_size {options.BatchSize} leaves a batch of 1 of {Train.Count} images, which {Options.Model} cannot train "
                + $"on ({e.Message}); choose another batch_size or drop_last", e);
        }

        Model.Initialize(); // the probe changed running statistics
    }
}
