using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

public sealed partial class Trainer
{
    private const double LargestRaise = 1.01;

    internal static IReadOnlyList<string> LoadWeights(RunSetup setup, string path)
    {
        var model = setup.Model as Model ?? throw new UsageException($"weights {path}: {setup.Model.Architecture} is no classifier of the catalogue; "
            + "load them into the model itself (LoadState)");
        if (Directory.Exists(path))
            path = RunFolder.FindWeights(path, setup.Options.Output);
        return PretrainedWeights.Load(model, path, setup.Options.Partial, setup.Train.Classes);
    }

    private Checkpoint ReadCheckpoint()
    {
        var checkpoint = CheckpointPair.Load(_run.CheckpointFolder, CheckpointPair.Last);
        var card = checkpoint.Card;
        var (options, classes, split) = (_setup.Options, _setup.Train.Classes, _setup.Data.Split);
        if (card.Architecture != options.Model)
            throw new CheckpointException($"{_run.Path} trained {card.Architecture}, but model is {options.Model}");
        if (!card.Classes.SequenceEqual(classes))
        {
            string[] added = [.. classes.Except(card.Classes)], gone = [.. card.Classes.Except(classes)];
            string other = added.Length + gone.Length == 0 ? $"the same classes in another order: {NameList.Some(card.Classes)}" : "other classes";
            throw new CheckpointException($"{_run.Path} trained "
                + $"{other}{(added.Length > 0 ? $"; only in the data: {NameList.Some(added)}" : "")}"
                + $"{(gone.Length > 0 ? $"; only in the run: {NameList.Some(gone)}" : "")}"
                + $". A run goes on with its own classes; a new one from its weights (weights {_run.Path}) keeps what is known of them by name");
        }

        if (card.Split is not null != split is not null || card.Split?.Classes.SequenceEqual(split!.Classes) == false || card.Split?.Seed != split?.Seed)
            throw new CheckpointException($"{_run.Path} held out other images for validation than these data do; load them for the run, so that they are "
                + "held out as it recorded");
        return checkpoint;
    }

    /// <summary>Puts model, optimizer and counters where the checkpoint was, in the stage that goes on from there.</summary>
    private UpdateSteps Restore(Checkpoint checkpoint)
    {
        // The last checkpoint of a stage is saved before the next one begins: then only the weights go on.
        int savedIn = _progress.Stage;
        string weightsFile = CheckpointPair.WeightsFile(_run.CheckpointFolder, CheckpointPair.Last);
        Model.LoadState(checkpoint.Weights, weightsFile);
        WeightValues.Require(Model, checkpoint.Weights, weightsFile);
        var stage = _setup.StageAt(_progress.Epoch);
        var steps = savedIn == stage.Index ? Steps(stage) : Begin(stage, checkpoint.State);
        var (run, wholeRun) = (steps.Stage, checkpoint.Card.Options);
        var options = run.Options;
        var was = StageList.Of(wholeRun, Task) is var stages && savedIn < stages.Count ? stages[savedIn].Options : wholeRun;
        RequireSameBatches(was, run, savedIn);

        // A schedule that came to its end and is stretched would raise the rate again, to where it was long before.
        bool prolonged = _setup.Stages.Count == 1 && _progress.Epoch >= was.Epochs && options.Epochs > was.Epochs && was.Sched == options.Sched
            && was.Lr == options.Lr && was.MinLr == options.MinLr;
        if (prolonged && UpdateRule.Raise(was, options, run.StepsPerEpoch, _progress.Step) > LargestRaise)
        {
            throw new UsageException($"{_run.Path} finished its {was.Sched} schedule of {was.Epochs} epoch{(was.Epochs == 1 ? "" : "s")}; with epochs "
                + $"{options.Epochs} the learning rate would jump up again. "
                + $"Go on with a schedule of its own (sched none and a small lr), or start a new run from its weights (weights {_run.Path})");
        }

        if (_progress.Batch > run.BatchesPerEpoch)
            throw new CheckpointException($"{_run.Path}: the state says batch {_progress.Batch} of an epoch that has {run.BatchesPerEpoch}");
        if (savedIn == stage.Index)
            run.Update.Load(checkpoint.State, CheckpointPair.StateFile(_run.CheckpointFolder, CheckpointPair.Last));
        _progress.TrainImages = _setup.Train.Count;
        var differing = wholeRun.WithNumbersUsed(_setup.Train, Task).Entries()
            .Join(_setup.Options.Entries(), e => e.Key, e => e.Key,
                (was, now) => (was.Key, Was: TrainOptions.Text(was.Value), Now: TrainOptions.Text(now.Value)))
            .Where(e => e.Key is not ("output" or "name") && e.Was != e.Now).ToList();
        if (differing.Count > 0)
            _notes.Add("settings changed since the checkpoint: "
                + $"{string.Join(", ", differing.Select(e => $"{e.Key} {e.Was} to {e.Now}"))}");
        RunLog.Rewind(_run, _progress, Task.Metrics, run.Objective.Followed);
        return steps;
    }

    /// <summary>Refuses to go on inside an epoch whose batches are others than before.</summary>
    private void RequireSameBatches(TrainOptions was, StageRun run, int savedIn)
    {
        var options = run.Options;
        bool same = savedIn == run.Stage.Index && was.BatchSize == options.BatchSize && was.Seed == options.Seed && was.DropLast == options.DropLast
            && was.Sampler == options.Sampler && was.SamplesPerClass == options.SamplesPerClass && _progress.TrainImages == _setup.Train.Count;
        if (_progress.Batch > 0 && !same)
        {
            string sampler = TrainOptions.Text(was.Sampler).Trim('"') + (was.Sampler == Sampling.Pk ? $", samples_per_class {was.SamplesPerClass}" : "");
            throw new UsageException($"{_run.Path} stopped inside epoch {_progress.Epoch + 1}, which can only be continued with the same batch_size "
                + $"{was.BatchSize}, seed {was.Seed}, drop_last {was.DropLast}, sampler {sampler} and "
                    + $"{_progress.TrainImages} training images{(_setup.Stages.Count > 1 ? ", in the same stage" : "")}");
        }
    }

    private void Save(string stem)
    {
        var weights = Model.StateDict();
        RefuseNotFinite(weights);
        var train = _setup.Train;
        var card = new ModelCard
        {
            Architecture = _setup.Options.Model,
            Classes = train.Classes,
            Channels = train.Channels,
            ImageSize = train.Width,
            Mean = train.Mean,
            Std = train.Std,
            Epoch = _progress.Epoch,
            Step = _progress.Step,
            Metric = _setup.Deciding.Name,
            Best = _progress.Best,
            Options = _setup.Options,
            Split = _setup.Data.Split,
            Hash = WeightsHash.Of(weights),
        };
        CheckpointPair.Save(_run.CheckpointFolder, stem, new Checkpoint(card, weights, _progress, Stage.Update.State()));
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

    /// <summary>Writes down which algorithms the device chose when there are new ones; they are part of what makes a run's bits.</summary>
    private void RecordDecisions()
    {
        var decisions = _setup.Engine.Backend.Decisions;
        if (decisions.Count == _recordedDecisions)
            return;
        _recordedDecisions = decisions.Count;
        _log.Algorithms(decisions);
    }
}
