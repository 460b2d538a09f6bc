using System.Diagnostics.CodeAnalysis;
using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

public sealed partial class Trainer
{
    private const double LargestRaise = 1.01;
    private const int SmallestOfLarge = 112;

    private Model CreateModel()
    {
        if (_train.Height != _train.Width)
            throw new DataException($"{_train.Name}: images of {_train.Height}x{_train.Width}, models take square images");
        var model = ModelCatalogue.Create(_wholeRun.Model, _engine, new ModelOptions
        {
            NumClasses = _train.Classes.Count,
            InChans = _train.Channels,
            ImgSize = _train.Width,
            Drop = _wholeRun.Drop,
            DropPath = _wholeRun.DropPath,
        });
        model.Train();
        return model;
    }

    /// <summary>A sentence where the images are so small that a net made for larger ones has nothing left to pool; null elsewhere.</summary>
    private string? TooSmall()
    {
        var definition = ModelCatalogue.Find(_wholeRun.Model);
        int size = _train.Width;
        if (definition.Defaults.ImgSize < SmallestOfLarge || size >= definition.Defaults.ImgSize)
            return null; // nets for small images are meant to end in a few pixels
        var last = ModelSummary.Of(definition.Name,
            new ModelOptions { NumClasses = _train.Classes.Count, InChans = _train.Channels, ImgSize = size }).Layers.LastOrDefault(l => l.Output.Rank == 4);
        if (last is null || last.Output[2] * last.Output[3] > 1)
            return null;
        string small = $"{definition.Name}_cifar";
        return $"images of {size}x{size} shrink to a single pixel inside {definition.Name}, which is made for "
            + $"{definition.Defaults.ImgSize}x{definition.Defaults.ImgSize}: it sees no shapes; "
            + $"use {(ModelCatalogue.All.Any(d => d.Name == small) ? $"--model {small}" : "a model for small images (--model resnet18_cifar)")} or a "
                + "larger --img-size";
    }

    /// <summary>
    /// Runs the smallest batch of an epoch once when it is a single image: batch norm over single values is an error that must not
    /// wait for the end of the first epoch.
    /// </summary>
    private void ProbeSmallestBatch(TrainOptions options, EpochPlan plan)
    {
        if (plan.Batch(plan.Batches - 1).Length > 1)
            return;
        try
        {
            using var noGrad = _engine.NoGrad();
            using var step = _engine.BeginStep();
            _model.Forward(_engine.Zeros(_model.InputShape(1)));
        }
        catch (ShapeException e)
        {
            throw new UsageException($"batch_size {options.BatchSize} leaves a batch of 1 of {_train.Count} images, which {_wholeRun.Model} cannot train "
                + $"on ({e.Message}); choose another batch_size or drop_last", e);
        }

        _model.Initialize(); // the probe changed running statistics
    }

    /// <summary>What decides the best epoch. Left to the loss, it is one measure for all stages: top1, unless nothing ever trains the classifier.</summary>
    private string EvalMetric => _options.EvalMetric != "auto" ? _options.EvalMetric
        : _stages.All(s => LossTerm.ParseSum(s.Options.Loss).All(t => t.Loss is MetricLoss)) ? "recall1" : "top1";

    /// <summary>How evaluation compares embeddings; null when nobody asks for that.</summary>
    private EmbeddingDistance? EvalDistance => TrainingLoss.Compares(_options) ?? (EvalMetric == "recall1" ? EmbeddingDistance.Euclidean : null);

    private IEnumerable<string> LossNotes()
    {
        if (!_loss.TakesLogits)
            yield return $"loss {_options.Loss} does not train the classifier {_model.Head}: top1 says nothing about the embeddings, recall@1 does; "
                + $"ce+{_options.Loss} trains both{(_options.EvalMetric == "auto" ? $"; {EvalMetric} decides the best epoch" : "")}";
        foreach (var (_, term) in _loss.Terms)
        {
            string[] empty = [.. ((term as ClassBalancedLoss)?.Counts ?? []).Index().Where(c => c.Item == 0).Select(c => _train.Classes[c.Index])];
            if (empty.Length > 0)
                yield return $"loss {term.Name}: no training image of class {NameList.Some(empty, most: 5)}; such classes weigh 0, the others share the "
                    + "weights";
        }
    }

    private void LoadWeights(string path)
    {
        if (Directory.Exists(path))
            path = RunFolder.FindWeights(path, _wholeRun.Output);
        foreach (string note in PretrainedWeights.Load(_model, path, _wholeRun.Partial, _train.Classes))
            _weightNotes.Add(note);
    }

    private Checkpoint Read(RunFolder run)
    {
        var checkpoint = CheckpointPair.Load(run.CheckpointFolder, CheckpointPair.Last);
        var card = checkpoint.Card;
        if (card.Architecture != _wholeRun.Model)
            throw new CheckpointException($"{run.Path} trained {card.Architecture}, but model is {_wholeRun.Model}");
        if (!card.Classes.SequenceEqual(_train.Classes))
        {
            string[] added = [.. _train.Classes.Except(card.Classes)], gone = [.. card.Classes.Except(_train.Classes)];
            string other = added.Length + gone.Length == 0 ? $"the same classes in another order: {NameList.Some(card.Classes)}" : "other classes";
            throw new CheckpointException($"{run.Path} trained "
                + $"{other}{(added.Length > 0 ? $"; only in the data: {NameList.Some(added)}" : "")}"
                + $"{(gone.Length > 0 ? $"; only in the run: {NameList.Some(gone)}" : "")}"
                + $". A run goes on with its own classes; a new one from its weights (weights {run.Path}) keeps what is known of them by name");
        }

        if (card.Split is not null != _data.Split is not null || card.Split?.Classes.SequenceEqual(_data.Split!.Classes) == false
                || card.Split?.Seed != _data.Split?.Seed)
            throw new CheckpointException($"{run.Path} held out other images for validation than these data do; load them for the run, so that they are "
                + "held out as it recorded");
        return checkpoint;
    }

    [MemberNotNull(nameof(_stage), nameof(_options), nameof(_update), nameof(_loss), nameof(_augmentation), nameof(_source), nameof(_evalSource),
        nameof(_uploader))]
    private void Restore(RunFolder run, Checkpoint checkpoint)
    {
        // The last checkpoint of a stage is saved before the next one begins: then only the weights go on.
        int savedIn = _progress.Stage;
        var (scheduleStart, stageBest, stageBestEpoch) = (_progress.ScheduleStart, _progress.StageBest, _progress.StageBestEpoch);
        var stage = StageAt(_progress.Epoch);
        string weightsFile = CheckpointPair.WeightsFile(run.CheckpointFolder, CheckpointPair.Last);
        _model.LoadState(checkpoint.Weights, weightsFile);
        WeightValues.Require(_model, checkpoint.Weights, weightsFile);
        BeginStage(stage, checkpoint.State);
        var wholeRun = checkpoint.Card.Options;
        var was = StageList.Of(wholeRun) is var stages && savedIn < stages.Count ? stages[savedIn].Options : wholeRun;
        if (_progress.Batch > 0 && (savedIn != stage.Index || was.BatchSize != _options.BatchSize || was.Seed != _options.Seed
                || was.DropLast != _options.DropLast || was.Sampler != _options.Sampler || was.SamplesPerClass != _options.SamplesPerClass
                    || _progress.TrainImages != _train.Count))
        {
            throw new UsageException($"{run.Path} stopped inside epoch {_progress.Epoch + 1}, which can only be continued with the same batch_size "
                + $"{was.BatchSize}, seed {was.Seed}, "
                + $"drop_last {was.DropLast}, sampler {was.Sampler}{(was.Sampler == "pk" ? $", samples_per_class {was.SamplesPerClass}" : "")} and "
                    + $"{_progress.TrainImages} training images{(_stages.Count > 1 ? ", in the same stage" : "")}");
        }

        // A schedule that came to its end and is stretched would raise the rate again, to where it was long before.
        bool prolonged = _stages.Count == 1 && _progress.Epoch >= was.Epochs && _options.Epochs > was.Epochs && was.Sched == _options.Sched
            && was.Lr == _options.Lr && was.MinLr == _options.MinLr;
        if (prolonged && UpdateRule.Raise(was, _options, _stepsPerEpoch, _progress.Step) > LargestRaise)
        {
            throw new UsageException($"{run.Path} finished its {was.Sched} schedule of {was.Epochs} epoch{(was.Epochs == 1 ? "" : "s")}; with epochs "
                + $"{_options.Epochs} the learning rate would jump up again. "
                + $"Go on with a schedule of its own (sched none and a small lr), or start a new run from its weights (weights {run.Path})");
        }

        if (_progress.Batch > _batchesPerEpoch)
            throw new CheckpointException($"{run.Path}: the state says batch {_progress.Batch} of an epoch that has {_batchesPerEpoch}");
        if (savedIn == stage.Index)
        {
            (_progress.ScheduleStart, _progress.StageBest, _progress.StageBestEpoch) = (scheduleStart, stageBest, stageBestEpoch);
            _update = new UpdateRule(_model, _options, _stepsPerEpoch, scheduleStart);
            _update.Load(checkpoint.State, CheckpointPair.StateFile(run.CheckpointFolder, CheckpointPair.Last));
        }

        _progress.TrainImages = _train.Count;
        var differing = wholeRun.WithNumbersUsed(_train).Entries().Zip(_wholeRun.Entries())
            .Where(e => e.First.Key is not ("output" or "name") && TrainOptions.Text(e.First.Value) != TrainOptions.Text(e.Second.Value)).ToList();
        if (differing.Count > 0)
            _notes.Add("settings changed since the checkpoint: "
                + $"{string.Join(", ", differing.Select(e => $"{e.First.Key} {TrainOptions.Text(e.First.Value)} to {TrainOptions.Text(e.Second.Value)}"))}");
        RunLog.Rewind(run, _progress);
    }

    /// <summary>What would fit into the device's memory, from the sizes of a whole update.</summary>
    private string MemoryAdvice(DeviceMemoryException error)
    {
        if (_evaluating)
            return $" That was the evaluation with eval_batch_size {_options.EvalBatchSize}; use a smaller one.";
        var sizes = new ModelOptions { NumClasses = _train.Classes.Count, InChans = _train.Channels, ImgSize = _train.Width };
        int fits = new StepMemory(_options.Model, sizes, _options.Opt, m => Freeze(m, _options)).LargestBatch(_options.BatchSize, error.CapacityBytes);
        return fits > 0 ? $" A batch of {_options.BatchSize} does not fit; a batch of at most {fits} would (batch_size {fits}; grad_accum_steps keeps the "
            + "images of an update)."
            : $" Not even a batch of 2 would fit; use a smaller model or smaller images than {_options.Model} at {_train.Width}x{_train.Width}.";
    }

    private static void Freeze(Model model, TrainOptions options)
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

    /// <summary>Writes down which algorithms the device chose when there are new ones; they are part of what makes a run's bits.</summary>
    private void RecordDecisions()
    {
        var decisions = _engine.Backend.Decisions;
        if (decisions.Count == _recordedDecisions)
            return;
        _recordedDecisions = decisions.Count;
        _log.Algorithms(decisions);
    }

    private void Save(string stem)
    {
        var weights = _model.StateDict();
        RefuseNotFinite(weights);
        var card = new ModelCard
        {
            Architecture = _wholeRun.Model,
            Classes = _train.Classes,
            Channels = _train.Channels,
            ImageSize = _train.Width,
            Mean = _train.Mean,
            Std = _train.Std,
            Epoch = _progress.Epoch,
            Step = _progress.Step,
            Metric = EvalMetric,
            Best = _progress.Best,
            Options = _wholeRun,
            Split = _data.Split,
            Hash = WeightsHash.Of(weights),
        };
        CheckpointPair.Save(_run.CheckpointFolder, stem, new Checkpoint(card, weights, _progress, _update.State()));
        _observer.Saved(CheckpointPair.WeightsFile(_run.CheckpointFolder, stem));
    }

    // Weights that an update made infinite show in the loss only one step later; they must not replace a good checkpoint.
    private void RefuseNotFinite(StateDict weights)
    {
        foreach (var (name, tensor) in weights)
        {
            if (!tensor.Type.IsFloat())
                continue;
            int bad = tensor.ToFloats().Count(v => !float.IsFinite(v));
            if (bad > 0)
                throw new DivergedException("weights", name, _progress.Step, $"{bad} of {tensor.Count} values are not finite");
        }
    }
}
