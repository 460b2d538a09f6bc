using System.Text.Json;
using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>
/// Every setting of a training run; in configuration files and flags the names are written in snake case (<c>batch_size</c>). The defaults are
/// the recipe for digits.
/// </summary>
public sealed partial record TrainOptions
{
    /// <summary>The table of settings: flags, keys of configuration files, environment variables, ranges and what may differ between stages.</summary>
    public static IReadOnlyList<Setting> Settings { get; } =
        Setting.AllOf<TrainOptions>(["data", "augment", "model", "optimizer", "schedule", "loss", "loop", "run"], new Dictionary<string, string>
        {
            ["presets"] = string.Join(" | ", AugmentPreset.Names),
            ["formats"] = DatasetFormats.Default.Help,
            ["optimizers"] = string.Join(" | ", OptimizerSettings.Catalogue.PlainNames),
            ["losses"] = string.Join(" | ", LossFunction.Catalogue.Names),
        });

    /// <summary>
    /// Settings of whoever opened the device, by key, recorded with those of the run. The trainer applies none of them.
    /// </summary>
    public IReadOnlyDictionary<string, JsonElement>? Recorded { get; init; }

    /// <summary>Images per batch.</summary>
    [Setting("loop", "images per batch", Aliases = ["-b"], Range = "1..", PerStage = true,
        Elsewhere = "batch bs trainbatchsize perdevicetrainbatchsize batchpergpu minibatch")]
    public int BatchSize { get; init; } = 128;

    /// <summary>Images per batch of evaluation.</summary>
    [Setting("loop", "images per batch of evaluation", Range = "1..",
        Elsewhere = "valbatchsize validationbatchsize testbatchsize vbs vb perdeviceevalbatchsize")]
    public int EvalBatchSize { get; init; } = 250;

    /// <summary>Batches whose gradients are added up for one update.</summary>
    [Setting("loop", "batches per update", Range = "1..", PerStage = true,
        Elsewhere = "accumulate gradientaccumulationsteps accumulategradbatches gradaccum accumiter accumsteps")]
    public int GradAccumSteps { get; init; } = 1;

    /// <summary>Decay of a moving average of the weights, for example 0.999; evaluation and the best checkpoint use the average. 0 is none.</summary>
    [Setting("loop", "decay of a moving average of the weights that is evaluated; 0: none", Range = "0..<1", PerStage = true,
        Elsewhere = "ema modelemadecay emadecay")]
    public double ModelEma { get; init; }

    /// <summary>Stops when the metric did not improve for this many epochs; 0 never.</summary>
    [Setting("loop", "stop after this many epochs without improvement; 0: never", Range = "0..", Unit = "epochs",
        Elsewhere = "earlystopping earlystop earlystoppingpatience")]
    public int Patience { get; init; }

    /// <summary>Stops after this many minutes of training, resumed time counted; 0 never.</summary>
    [Setting("loop", "stop after this many minutes; 0: never", Range = "0..", Unit = "minutes", Elsewhere = "timelimit maxminutes")]
    public double MaxTime { get; init; }

    /// <summary>Stops after this many updates; 0 never. Does not change the schedule.</summary>
    [Setting("loop", "stop after this many updates; 0: never", Range = "0..", Unit = "updates",
        Elsewhere = "maxiters maxiter iterations numsteps trainsteps numiterations")]
    public long MaxSteps { get; init; }

    /// <summary>What decides the best epoch: <c>top1</c>, <c>top5</c>, <c>loss</c>, <c>recall1</c>, or <c>auto</c>: top1, but recall1 when no loss trains the
    /// classifier.</summary>
    [Setting("loop", "what decides the best epoch: top1 | top5 | loss | recall1 (nearest other image of the val set, by the embeddings) | "
        + "auto (recall1 when no loss trains the classifier, else top1)",
        Elsewhere = "metric monitor metricforbestmodel")]
    public string EvalMetric { get; init; } = "auto";

    /// <summary>Seed of every random draw.</summary>
    [Setting("loop", "seed of every random draw", Elsewhere = "randomseed manualseed randomstate")]
    public ulong Seed { get; init; } = 42;

    /// <summary>Launches each update as one recorded graph where the device can; the numbers are the same without.</summary>
    [Setting("loop", "launch each update as one recorded graph on a GPU")]
    public bool Graph { get; init; } = true;

    /// <summary>Folder that run folders are made in.</summary>
    [Setting("run", "folder that run folders are made in", Elsewhere = "outputdir project savedir out outdir logdir results resultsdir workdir defaultrootdir")]
    public string Output { get; init; } = "runs";

    /// <summary>Name of the run folder; null is date, time and model.</summary>
    [Setting("run", "name of the run folder; absent: date, time and model", Elsewhere = "runname expname experiment experimentname")]
    public string? Name { get; init; }

    /// <summary>Updates between two progress reports.</summary>
    [Setting("run", "updates between two progress lines", Range = "1..", Elsewhere = "printfreq logevery logfreq logeverynsteps loggingsteps")]
    public int LogInterval { get; init; } = 50;

    /// <summary>Seconds between two checkpoints inside an epoch; 0 saves at the ends of epochs only.</summary>
    [Setting("run", "seconds between two checkpoints inside an epoch; 0: ends of epochs only", Range = "0..", Unit = "seconds",
        Elsewhere = "savefreq saveinterval")]
    public double CheckpointInterval { get; init; } = 60;

    /// <summary>Updates between two checkpoints inside an epoch; 0 goes by time only.</summary>
    [Setting("run", "updates between two checkpoints inside an epoch; 0: by time only", Range = "0..", Unit = "updates",
        Elsewhere = "savesteps saveevery saveeverynsteps")]
    public int CheckpointSteps { get; init; }

    /// <summary>Runs one batch of everything (training, evaluation, checkpoint) to see that it works.</summary>
    [Setting("run", "one batch of everything, to see that it works", Elsewhere = "fastdevrun smoketest")]
    public bool DryRun { get; init; }

    /// <summary>Trains and evaluates on this many batches without augmentation, to see whether the model can learn at all; 0 uses all.</summary>
    [Setting("run", "train and evaluate on this many batches, to see whether the model learns at all", Range = "0..", Unit = "batches", Elsewhere = "overfit")]
    public int OverfitBatches { get; init; }
}
