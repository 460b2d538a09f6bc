using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>
/// What a model is trained for: it turns a batch into a loss, and outputs into the figures that are measured. The trainer, the run folder and the console
/// know losses, sums and <see cref="Metric"/>s only. A task of one's own derives from <see cref="TrainingTask{TOutputs}"/>.
/// </summary>
public abstract class TrainingTask
{
    /// <summary>Leaves <see cref="TrainOptions.EvalMetric"/> to the task.</summary>
    internal const string Auto = "auto";

    /// <summary>What tasks are where nothing else is said.</summary>
    public static TrainingTask Default { get; } = new ClassificationTask();

    /// <summary>The tasks that a name in the settings chooses from.</summary>
    public static IReadOnlyList<TrainingTask> Known { get; } = [Default, new MultiLabelTask()];

    /// <summary>The task that settings name, or that the images ask for where they leave it open.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="train">The training images; null where only the settings are known.</param>
    /// <exception cref="UsageException">Unknown, or the images do not fit.</exception>
    public static TrainingTask Of(TrainOptions options, Dataset? train)
    {
        if (options.Task == Auto)
            return train?.IsMultiLabel == true ? Known.First(t => t is MultiLabelTask) : Default;
        var task = Known.FirstOrDefault(t => t.Name == options.Task)
            ?? throw new UsageException($"unknown task '{options.Task}'{NearestName.Suggest(options.Task, Known.Select(t => t.Name))}; known are auto, "
                + $"{string.Join(", ", Known.Select(t => t.Name))}");
        return train?.IsMultiLabel == true && task == Default
            ? throw new UsageException($"task classification: images of {train.Name} have several classes each; task multi_label trains on them") : task;
    }

    /// <summary>As a person calls it: <c>classification</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What the settings of a run choose from.</summary>
    public Catalogues Catalogues { get; init; } = Catalogues.Default;

    /// <summary>Everything that can be measured, in the order of columns and lines.</summary>
    public abstract IReadOnlyList<Metric> Metrics { get; }

    /// <summary>Names of the metrics that can decide, see <see cref="TrainOptions.EvalMetric"/>.</summary>
    public IEnumerable<string> MetricNames => Metrics.Select(m => m.Name);

    /// <summary>The metric of a name.</summary>
    /// <exception cref="UsageException">The task has no such metric; names the nearest.</exception>
    public Metric Find(string name) => Metrics.FirstOrDefault(m => m.Name == name)
        ?? throw new UsageException($"unknown eval_metric '{name}'{NearestName.Suggest(name, MetricNames)}; known are auto, {string.Join(", ", MetricNames)}");

    /// <summary>What decides the best epoch: what the settings name, or what the task takes for the stages.</summary>
    /// <param name="evalMetric">Of the settings.</param>
    /// <param name="stages">The settings of the stages.</param>
    public Metric Deciding(string evalMetric, IEnumerable<TrainOptions> stages) => evalMetric == Auto ? Decides(stages) : Find(evalMetric);

    /// <summary>What decides the best epoch of some stages, or of one of them, where <see cref="TrainOptions.EvalMetric"/> leaves it to the task.</summary>
    /// <param name="stages">The settings of the stages.</param>
    public abstract Metric Decides(IEnumerable<TrainOptions> stages);

    /// <summary>What is measured in evaluations: all metrics that are not <see cref="Metric.OnRequest"/>, what the loss asks for, and what decides.</summary>
    /// <param name="options">The stage.</param>
    /// <param name="asked">Names of what decides.</param>
    public virtual IReadOnlyList<Metric> Measured(TrainOptions options, IReadOnlyCollection<string> asked) =>
        [.. Metrics.Where(m => !m.OnRequest || asked.Contains(m.Name))];

    /// <summary>The settings with what the task takes where nobody chose.</summary>
    public virtual TrainOptions Complete(TrainOptions options) => options;

    /// <summary>What is sure how much of each class, from the logits: probabilities that sum to 1.</summary>
    public virtual Tensor Probabilities(Tensor logits) => logits.Softmax(1);

    /// <summary>Makes the targets of batches of so many images.</summary>
    public virtual TargetBatch CreateTargets(Dataset data, int capacity) => new ClassIds(capacity);

    /// <summary>Makes the model that a run names, with the sizes that images and task ask for.</summary>
    public virtual Network CreateModel(Engine engine, TrainOptions options, Dataset train) =>
        ModelCatalogue.Create(options.Model, engine, SizesOf(options, train));

    /// <summary>What the sizes of a model follow from.</summary>
    public static ModelOptions SizesOf(TrainOptions options, Dataset train) => new()
    {
        NumClasses = train.Classes.Count,
        InChans = train.Channels,
        ImgSize = train.Width,
        Drop = options.Drop,
        DropPath = options.DropPath,
    };

    /// <summary>Checks of the settings what can be checked without a model and without data.</summary>
    /// <exception cref="UsageException">Names the setting, what was expected and what it is.</exception>
    public virtual void Validate(TrainOptions options)
    {
        if (options.EvalMetric != Auto)
            _ = Find(options.EvalMetric);
    }

    /// <summary>Begins a stage: what is minimised and followed in it.</summary>
    /// <param name="model">The model, frozen as the stage asks.</param>
    /// <param name="options">The stage's settings.</param>
    /// <param name="train">The images that are trained on.</param>
    /// <exception cref="UsageException">The settings do not fit the task, the model or the images.</exception>
    public abstract Objective Begin(Network model, TrainOptions options, Dataset train);

    /// <summary>Begins an evaluation.</summary>
    /// <param name="model">The model, in evaluation mode.</param>
    /// <param name="metrics">What is measured.</param>
    public abstract Evaluation Evaluate(Network model, IReadOnlyList<Metric> metrics);
}
