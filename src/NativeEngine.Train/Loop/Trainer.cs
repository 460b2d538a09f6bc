using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>
/// Trains a model for a task: epochs of shuffled, augmented batches, an evaluation after each, checkpoints of the last and the best moment. A run
/// that was stopped or killed goes on from its last checkpoint with the same bits as if it had never stopped.
/// </summary>
public sealed partial class Trainer
{
    private readonly RunSetup _setup;
    private readonly ITrainObserver _observer;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly RunFolder _run;
    private readonly TrainProgress _progress;
    private readonly List<string> _notes = [], _weightNotes = [];
    private UpdateSteps _steps;
    private RunLog _log = null!;
    private PendingUpdate? _pending;
    private int _recordedDecisions;
    private long _finished;
    private bool _evaluating;

    private Trainer(RunSetup setup, RunFolder? resume, ITrainObserver? observer, IReadOnlyDictionary<string, string>? environment)
    {
        (_setup, _observer) = (setup, observer ?? new Silent());
        _environment = environment ?? new Dictionary<string, string>();
        if (resume is null)
        {
            _progress = new TrainProgress { TrainImages = setup.Train.Count };
            if (setup.TooSmall() is { } warning)
                _notes.Add(warning);
            if (setup.Options.Weights is { } weights)
                _weightNotes.AddRange(LoadWeights(setup, weights));
            _steps = Begin(setup.Stages[0]);
            _run = RunFolder.Create(setup.Options, DateTime.Now);
        }
        else
        {
            _run = resume;
            var checkpoint = ReadCheckpoint();
            _progress = checkpoint.Progress;
            _steps = Restore(checkpoint);
        }
    }

    /// <summary>The model that is trained.</summary>
    public Network Model => _setup.Model;

    /// <summary>What it is trained for.</summary>
    public TrainingTask Task => _setup.Task;

    /// <summary>What of the starting weights was adapted or left out, a sentence each.</summary>
    public IReadOnlyList<string> WeightNotes => _weightNotes;

    /// <summary>An evaluated image as a person names it: its file, or its position.</summary>
    public string Example => _setup.Eval.File(0) ?? "0";

    /// <summary>The run folder.</summary>
    public RunFolder Folder => _run;

    /// <summary>Where the run is.</summary>
    public TrainProgress Progress => _progress;

    private static RunSetup Setup(Engine engine, TrainOptions options, DatasetPair data) =>
        new(engine, TrainingTask.Of(options, data.Train), options, data, null);

    private StageRun Stage => _steps.Stage;

    private TrainOptions Options => Stage.Options;

    /// <summary>Prepares a new run of a classifier from the catalogue and makes its folder.</summary>
    /// <param name="engine">The device; its seed is set.</param>
    /// <param name="options">All settings.</param>
    /// <param name="data">The images; by default what <see cref="TrainingData.Load(TrainOptions, DatasetFormats)"/> finds.</param>
    /// <param name="observer">Is told what happens.</param>
    /// <param name="environment">Facts about engine and machine for env.json.</param>
    /// <exception cref="EngineException">Settings, data, model or output folder do not fit.</exception>
    public static Trainer Create(Engine engine, TrainOptions options, DatasetPair? data = null, ITrainObserver? observer = null,
        IReadOnlyDictionary<string, string>? environment = null) =>
        new(Setup(engine, options, data ?? TrainingData.Load(options)), null, observer, environment);

    /// <summary>Prepares a new run of a model of one's own, or for a task of one's own, and makes its folder.</summary>
    /// <param name="model">The model, on its device, whose seed is set; it takes images of the data's size.</param>
    /// <param name="task">What it is trained for.</param>
    /// <param name="options">All other settings; the model's name takes the place of <see cref="TrainOptions.Model"/>.</param>
    /// <param name="data">The images.</param>
    /// <param name="observer">Is told what happens.</param>
    /// <param name="environment">Facts about engine and machine for env.json.</param>
    /// <exception cref="EngineException">Settings, data, model or output folder do not fit.</exception>
    public static Trainer Create(Network model, TrainingTask task, TrainOptions options, DatasetPair data, ITrainObserver? observer = null,
        IReadOnlyDictionary<string, string>? environment = null) => new(new RunSetup(model.Engine, task, options, data, model), null, observer, environment);

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
        new(Setup(engine, options, data ?? TrainingData.LoadFor(options, run)), run, observer, environment);

    /// <summary>Prepares to continue a run of a model or for a task of one's own.</summary>
    /// <param name="model">A model made as that of the run was; its weights are those of the checkpoint afterwards.</param>
    /// <param name="task">What it is trained for.</param>
    /// <param name="options">All settings: those of the run, perhaps with more epochs or other limits.</param>
    /// <param name="run">The run.</param>
    /// <param name="data">The images.</param>
    /// <param name="observer">Is told what happens.</param>
    /// <exception cref="CheckpointException">The checkpoint is damaged or does not fit.</exception>
    public static Trainer Resume(Network model, TrainingTask task, TrainOptions options, RunFolder run, DatasetPair data, ITrainObserver? observer = null) =>
        new(new RunSetup(model.Engine, task, options, data, model), run, observer, null);

    /// <summary>
    /// Trains until the end or until <paramref name="stop"/> is cancelled; then everything is saved and the result says
    /// <see cref="StopReason.Cancelled"/>. On an error the last good checkpoint stays.
    /// </summary>
    /// <exception cref="DivergedException">The loss or a gradient is not finite; names operation, layer and step.</exception>
    /// <exception cref="OutputException">The output folder cannot be written.</exception>
    public TrainResult Fit(CancellationToken stop = default)
    {
        using var log = new RunLog(_run, Task.Metrics, Stage.Objective.Followed);
        _log = log;
        try
        {
            Start();
            var result = Loop(stop);
            bool done = result.Stopped is StopReason.Finished or StopReason.Patience;
            _log.Text($"{(done ? "finished" : "stopped")}: {result.Stopped}, epoch {result.Epoch}, step {result.Step}, weights {result.WeightsHash}");
            _log.Status(done ? "finished" : "stopped", _progress, _setup.Epochs, result.Stopped.ToString());
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
            _steps.Dispose();
        }
    }

    private void Start()
    {
        RunLog.WriteStart(_run, _setup.Options, _setup.Train.Classes, _environment);
        if (_setup.Train is NoisyDataset noisy)
            RunLog.WriteNoise(_run, noisy.Changes());
        if (_setup.Data.Split is not null)
            SplitRecord.Write(_run.SplitFile, _setup.Data);
        var plan = new TrainPlan
        {
            RunPath = _run.Path,
            Device = _setup.Engine.Backend.Name,
            Model = Options.Model,
            Parameters = Model.NamedParameters().Sum(p => p.Tensor.Count),
            TrainImages = _setup.Train.Count,
            EvalImages = _setup.Eval.Count,
            EvalName = _setup.Eval.Name,
            Classes = _setup.Train.Classes,
            Metrics = Task.Metrics,
            Epochs = _setup.Epochs,
            StepsPerEpoch = Stage.StepsPerEpoch,
            StartEpoch = _progress.Epoch,
            StartStep = _progress.Step,
            Execution = _steps.Execution,
            MaxSteps = Options.MaxSteps,
        };
        if (plan.Execution is { } execution)
            _log.Text(execution);
        _log.Text($"{(_progress.Step > 0 ? "resumed" : "started")}: {plan.Model} ({plan.Parameters} parameters) on {plan.Device}, {plan.TrainImages} "
            + $"images in {plan.Classes.Count} classes, epoch {plan.StartEpoch}/{plan.Epochs}, step {plan.StartStep}");
        _log.Status("running", _progress, _setup.Epochs);
        _observer.Started(plan);
        foreach (string note in _setup.Data.Notes)
            Note(note);
        foreach (string note in _weightNotes)
            _log.Text(note);
        TellStage();
    }

    private TrainResult Loop(CancellationToken stop)
    {
        if (_progress.Epoch >= _setup.Epochs)
            Note($"nothing left to do: {_progress.Epoch} of {_setup.Epochs} epochs are "
                + $"done{(_setup.Options.Stages is null ? "" : "; they are those of the stages: to go on, give stages with a further one at the end")}");
        else if (_progress.Step == 0)
            Save(CheckpointPair.Last); // a run that is killed in its first epoch can be resumed, too
        while (_progress.Epoch < _setup.Epochs)
        {
            if (OutOfPatience() && !SkipToNextStage())
                return Result(StopReason.Patience);
            EnterStage();
            StopReason? reason;
            try
            {
                ComputeFeatures(stop);
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
            if (reason is not null && _progress.Batch == 0 && _progress.Eval is { Values.Count: > 0 })
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

    private TrainResult Result(StopReason reason) => new()
    {
        RunPath = _run.Path,
        Stopped = reason,
        Epoch = _progress.Epoch,
        Step = _progress.Step,
        Eval = _progress.Eval is { Values.Count: > 0 } eval ? eval : null,
        Deciding = _setup.Deciding,
        Best = _progress.Best ?? double.NaN,
        BestEpoch = _progress.BestEpoch,
        TrainSeconds = _progress.TrainSeconds,
        WeightsHash = WeightsHash.Of(Model),
    };

    private void Note(string message)
    {
        _log.Text(message);
        _observer.Noted(message);
    }

    /// <summary>What would fit into the device's memory, from the sizes of a whole update.</summary>
    private string MemoryAdvice(DeviceMemoryException error)
    {
        if (_evaluating)
            return $" That was the evaluation with eval_batch_size {Options.EvalBatchSize}; use a smaller one.";
        if (!ModelCatalogue.All.Any(d => d.Name == Options.Model))
            return " Use a smaller batch_size.";
        int fits = new StepMemory(Options.Model, TrainingTask.SizesOf(Options with { Drop = null, DropPath = null }, _setup.Train), Options.Opt,
            m => RunSetup.Freeze(m, Options)).LargestBatch(Options.BatchSize, error.CapacityBytes);
        return fits > 0 ? $" A batch of {Options.BatchSize} does not fit; a batch of at most {fits} would (batch_size {fits}; grad_accum_steps keeps the "
            + "images of an update)."
            : $" Not even a batch of 2 would fit; use a smaller model or smaller images than {Options.Model} at {_setup.Train.Width}x{_setup.Train.Width}.";
    }

    // The error itself is thrown on; that it cannot be noted on a full disk must not hide it.
    private void TellFailure(Exception error)
    {
        try
        {
            _log.Text($"failed: {error.Message}");
            _log.Status("failed", _progress, _setup.Epochs, error.Message);
        }
        catch (OutputException)
        {
            return;
        }
    }

    private sealed class Silent : ITrainObserver;
}
