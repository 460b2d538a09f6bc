using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>
/// Trains a classifier: epochs of shuffled, augmented batches, an evaluation after each, checkpoints of the last and the best moment. A run
/// that was stopped or killed goes on from its last checkpoint with the same bits as if it had never stopped.
/// </summary>
public sealed partial class Trainer
{
    private readonly Engine _engine;
    private readonly TrainOptions _wholeRun;
    private readonly IReadOnlyList<TrainStage> _stages;
    private readonly int _epochs;
    private readonly DatasetPair _data;
    private readonly Dataset _train, _eval;
    private readonly ITrainObserver _observer;
    private readonly RunFolder _run;
    private readonly List<string> _weightNotes = [];
    private readonly Model _model;
    private readonly List<string> _notes = [];
    private BatchUploader _uploader;
    private readonly TrainProgress _progress;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private RunLog _log = null!;
    private int _recordedDecisions;
    private long _finished;
    private bool _evaluating;

    private Trainer(Engine engine, TrainOptions options, DatasetPair data, ITrainObserver? observer, IReadOnlyDictionary<string, string>? environment,
        RunFolder? resume, string kind = RunFolder.Kind)
    {
        options.Validate();
        if (options.DryRun)
            options = options with { Epochs = 1, WarmupEpochs = 0 };
        _data = data;
        options = TrainingData.RecordDecoder(options);
        data = TrainingData.Select(options, data);
        options = options.WithNumbersUsed(data.Train);
        (_engine, _wholeRun, _train) = (engine, options, data.Train);
        _stages = StageList.Of(options);
        _epochs = _stages[^1].EndEpoch;
        _eval = data.Eval.WithClasses(_train.Classes, new PixelMoments(_train.Mean, _train.Std)); // evaluated as it is trained
        _observer = observer ?? new Silent();
        _environment = environment ?? new Dictionary<string, string>();
        engine.Seed = options.Seed;
        _model = CreateModel();
        CheckStages();
        _progress = new TrainProgress { TrainImages = _train.Count };
        if (resume is not null)
        {
            var checkpoint = Read(resume);
            _progress = checkpoint.Progress;
            Restore(resume, checkpoint);
        }
        else
        {
            if (TooSmall() is { } warning)
                _notes.Add(warning);
            if (options.Weights is not null)
                LoadWeights(options.Weights);
            BeginStage(_stages[0]);
        }

        _run = resume ?? RunFolder.Create(options, DateTime.Now, kind);
    }

    /// <summary>The model that is trained.</summary>
    public Model Model => _model;

    /// <summary>What of the starting weights was adapted or left out, a sentence each.</summary>
    public IReadOnlyList<string> WeightNotes => _weightNotes;

    /// <summary>An evaluated image as a person names it: its file, or its position.</summary>
    public string Example => _eval.File(0) ?? "0";

    /// <summary>The run folder.</summary>
    public RunFolder Folder => _run;

    /// <summary>Where the run is.</summary>
    public TrainProgress Progress => _progress;

    /// <summary>Prepares a new run and makes its folder.</summary>
    /// <param name="engine">The device; its seed is set.</param>
    /// <param name="options">All settings.</param>
    /// <param name="data">The images; by default what <see cref="TrainingData.Load(TrainOptions)"/> finds.</param>
    /// <param name="observer">Is told what happens.</param>
    /// <param name="environment">Facts about engine and machine for env.json.</param>
    /// <exception cref="EngineException">Settings, data, model or output folder do not fit.</exception>
    public static Trainer Create(Engine engine, TrainOptions options, DatasetPair? data = null, ITrainObserver? observer = null, IReadOnlyDictionary<string,
        string>? environment = null) =>
        new(engine, options, data ?? TrainingData.Load(options), observer, environment, null);

    /// <summary>Prepares to continue a run in its folder.</summary>
    /// <param name="engine">The device; its seed is set.</param>
    /// <param name="options">All settings: those of the run (its args.yaml), perhaps with more epochs or other limits.</param>
    /// <param name="run">The run, see <see cref="RunFolder.Find"/>.</param>
    /// <param name="data">The images; by default what <see cref="TrainingData.LoadFor"/> finds.</param>
    /// <param name="observer">Is told what happens.</param>
    /// <param name="environment">Facts about engine and machine for env.json.</param>
    /// <exception cref="CheckpointException">The checkpoint is damaged or does not fit.</exception>
    public static Trainer Resume(Engine engine, TrainOptions options, RunFolder run, DatasetPair? data = null, ITrainObserver? observer = null,
        IReadOnlyDictionary<string, string>? environment = null) =>
        new(engine, options, data ?? TrainingData.LoadFor(options, run), observer, environment, run);

    /// <summary>
    /// Trains until the end or until <paramref name="stop"/> is cancelled; then everything is saved and the result says
    /// <see cref="StopReason.Cancelled"/>. On an error the last good checkpoint stays.
    /// </summary>
    /// <exception cref="DivergedException">The loss or a gradient is not finite; names operation, layer and step.</exception>
    /// <exception cref="OutputException">The output folder cannot be written.</exception>
    public TrainResult Fit(CancellationToken stop = default)
    {
        using var log = new RunLog(_run);
        _log = log;
        try
        {
            RenewGraph();
            Start();
            var result = Loop(stop);
            bool done = result.Stopped is StopReason.Finished or StopReason.Patience;
            _log.Text($"{(done ? "finished" : "stopped")}: {result.Stopped}, epoch {result.Epoch}, step {result.Step}, weights {result.WeightsHash}");
            _log.Status(done ? "finished" : "stopped", _progress, _epochs, result.Stopped.ToString());
            _observer.Ended(result);
            return result;
        }
        catch (DeviceMemoryException e) when (e.CapacityBytes > 0)
        {
            var advised = new DeviceMemoryException(e.Facts, e, MemoryAdvice(e));
            TellFailure(advised);
            throw advised;
        }
        catch (Exception e)
        {
            TellFailure(e);
            throw;
        }
        finally
        {
            _graph?.Dispose();
            _graph = null;
        }
    }

    private void Start()
    {
        RunLog.WriteStart(_run, _wholeRun, _train.Classes, _environment);
        if (_data.Split is not null)
            SplitRecord.Write(_run.SplitFile, _data);
        var plan = new TrainPlan(
            _run.Path,
            _engine.Backend.Name,
            _options.Model,
            _model.NamedParameters().Sum(p => p.Tensor.Count),
            _train.Count,
            _eval.Count,
            _eval.Name,
            _train.Classes,
            (_train.Channels, _train.Height, _train.Width),
            _epochs,
            _stepsPerEpoch,
            _progress.Epoch,
            _progress.Step)
        {
            Execution = Execution,
            MaxSteps = _options.MaxSteps,
        };
        if (plan.Execution is { } execution)
            _log.Text(execution);
        _log.Text($"{(_progress.Step > 0 ? "resumed" : "started")}: {plan.Model} ({plan.Parameters} parameters) on {plan.Device}, {plan.TrainImages} "
            + $"images in {plan.Classes.Count} classes, epoch {plan.StartEpoch}/{plan.Epochs}, step {plan.StartStep}");
        _log.Status("running", _progress, _epochs);
        _observer.Started(plan);
        foreach (string note in _data.Notes)
            Note(note);
        foreach (string note in _weightNotes)
            _log.Text(note);
        TellStage();
    }

    private TrainResult Loop(CancellationToken stop)
    {
        if (_progress.Epoch >= _epochs)
            Note($"nothing left to do: {_progress.Epoch} of {_epochs} epochs are "
                + $"done{(_wholeRun.Stages is null ? "" : "; they are those of the stages: to go on, give stages with a further one at the end")}");
        else if (_progress.Step == 0)
            Save(CheckpointPair.Last); // a run that is killed in its first epoch can be resumed, too
        while (_progress.Epoch < _epochs)
        {
            if (OutOfPatience() && !SkipToNextStage())
                return Result(StopReason.Patience);
            EnterStage();
            StopReason? reason;
            try
            {
                CacheFeatures(stop);
                reason = TrainEpoch(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                reason = StopReason.Cancelled;
            }

            if (reason == StopReason.Cancelled)
            {
                Save(CheckpointPair.Last);
                return Result(StopReason.Cancelled);
            }

            // Saved before the evaluation, so that no training is lost when that is interrupted.
            if (reason is not null)
                Save(CheckpointPair.Last);
            if (reason is not null && _progress.Batch == 0 && _progress.Eval is not null)
                return Result(reason.Value); // it stopped between two epochs: the evaluation of the one before stands
            try
            {
                EndEpoch(complete: reason is null, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                Save(CheckpointPair.Last);
                return Result(StopReason.Cancelled);
            }

            if (reason is not null)
                return Result(reason.Value);
        }

        return Result(StopReason.Finished);
    }

    /// <summary>Evaluates, reports and saves. An epoch cut short by a limit is evaluated but stays open, so resuming goes on inside it.</summary>
    private void EndEpoch(bool complete, CancellationToken stop)
    {
        using var average = _update.UseAverage();
        _evaluating = true;
        var eval = Evaluator.Run(_model, _evalSource, _options.EvalBatchSize, _options.Workers, _observer.Evaluating, EvalDistance, stop);
        _evaluating = false;
        _progress.Eval = eval;
        double metric = Metric(eval, EvalMetric), stageMetric = Metric(eval, StageMetric);
        bool improved = TrainProgress.IsBetter(metric, _progress.Best, higherIsBetter: EvalMetric != "loss");
        if (improved)
            (_progress.Best, _progress.BestEpoch) = (metric, _progress.Epoch + 1);
        if (TrainProgress.IsBetter(stageMetric, _progress.StageBest, higherIsBetter: StageMetric != "loss"))
            (_progress.StageBest, _progress.StageBestEpoch) = (stageMetric, _progress.Epoch + 1);
        double perUpdate = _progress.TrainSeconds / Math.Max(1, _progress.Step) + eval.Seconds / Math.Max(1, _stepsPerEpoch);
        long updatesLeft = (long)(_epochs - _progress.Epoch - 1) * _stepsPerEpoch;
        if (_options.MaxSteps > 0)
            updatesLeft = Math.Clamp(_options.MaxSteps - _progress.Step, 0, updatesLeft);
        var report = new EpochReport(
            _progress.Epoch + 1,
            _epochs,
            _progress.LossSum / Math.Max(1, _progress.Images),
            100.0 * _progress.Correct / Math.Max(1, _progress.Images),
            eval,
            _update.LearningRate(Math.Max(0, _progress.Step - 1)),
            _progress.EpochSeconds,
            _progress.Images / Math.Max(1e-9, _progress.EpochSeconds),
            _engine.Backend.Memory.PeakBytes,
            _progress.Best!.Value,
            _progress.BestEpoch,
            improved,
            updatesLeft * perUpdate,
            _health?.Of(_progress.Embeddings),
            _stage.Index + 1);
        _log.Epoch(report, _progress.Step);
        RecordDecisions();
        if (complete)
        {
            _update.Report(stageMetric);
            _progress.Epoch++;
            _progress.BeginEpoch();
        }

        if (improved)
            Save(CheckpointPair.Best); // with the average, if there is one: what was evaluated
        average?.Dispose();
        Save(CheckpointPair.Last);
        _log.Status("running", _progress, _epochs);
        _observer.EpochEnded(report);
    }

    private static double Metric(EvalResult eval, string name) =>
        name switch { "top1" => eval.Top1, "top5" => eval.Top5, "recall1" => eval.Recall1!.Value, _ => eval.Loss };

    private TrainResult Result(StopReason reason) => new(
        _run.Path,
        reason,
        _progress.Epoch,
        _progress.Step,
        _progress.Eval,
        _progress.Best ?? double.NaN,
        _progress.BestEpoch,
        _progress.TrainSeconds,
        WeightsHash.Of(_model));

    private void Note(string message)
    {
        _log.Text(message);
        _observer.Noted(message);
    }

    // The error itself is thrown on; that it cannot be noted on a full disk must not hide it.
    private void TellFailure(Exception error)
    {
        try
        {
            _log.Text($"failed: {error.Message}");
            _log.Status("failed", _progress, _epochs, error.Message);
        }
        catch (OutputException)
        {
            return;
        }
    }

    private sealed class Silent : ITrainObserver;
}
