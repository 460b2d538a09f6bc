using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>A model with weights from a checkpoint, in evaluation mode.</summary>
public sealed class TrainedModel
{
    private readonly Engine _engine;
    private readonly BatchUploader _uploader;

    private TrainedModel(Engine engine, Model model, ModelCard card, string path, TrainingTask task)
    {
        (_engine, Model, Card, Path, Task) = (engine, model, card, path, task);
        _uploader = new BatchUploader(engine, (card.Channels, card.ImageSize, card.ImageSize), card.Mean, card.Std);
    }

    /// <summary>The model.</summary>
    public Model Model { get; }

    /// <summary>What it was trained for.</summary>
    public TrainingTask Task { get; }

    /// <summary>What the checkpoint says about itself.</summary>
    public ModelCard Card { get; private set; }

    /// <summary>The weights file.</summary>
    public string Path { get; }

    /// <summary>Reads image files with another library than the training did, see <see cref="ImageDecoders"/>.</summary>
    public void UseDecoder(string decoder)
    {
        var options = Card.Options with { Decoder = decoder };
        options.Validate(Task);
        Card = Card with { Options = options };
    }

    /// <summary>Builds the model that weights belong to and loads them.</summary>
    /// <param name="engine">The device.</param>
    /// <param name="path">A weights file; see <see cref="RunFolder.FindWeights"/>.</param>
    /// <param name="description">What a checkpoint of this engine says itself and files of other programs do not.</param>
    /// <param name="task">What it was trained for, where that is a task of one's own.</param>
    /// <exception cref="CheckpointException">The file is damaged or does not fit.</exception>
    /// <exception cref="UsageException">The description is missing, does not fit, or is not wanted.</exception>
    public static TrainedModel Load(Engine engine, string path, WeightDescription? description = null, TrainingTask? task = null)
    {
        var file = WeightFile.Read(path);
        bool known = ModelCard.Describes(file.Metadata);
        if (known && description is not null && description != new WeightDescription { Model = file.Metadata["arch"] })
            throw new UsageException($"{path} says itself that it is a {file.Metadata["arch"]}, which classes it knows and how images are prepared; leave "
                + "out what describes other weights");
        var (card, tensors) = known ? CheckpointPair.Check(file, path) : (description ?? new()).Complete(file.Tensors, path);
        var model = ModelCatalogue.Create(card.Architecture, engine, new ModelOptions
        {
            NumClasses = card.Classes.Count,
            InChans = card.Channels,
            ImgSize = card.ImageSize,
            Drop = card.Options.Drop,
            DropPath = card.Options.DropPath,
            Initialize = false,
        });
        model.LoadState(tensors, path);
        WeightValues.Require(model, tensors, path);
        model.Eval();
        return new TrainedModel(engine, model, card, path, task ?? TrainingTask.Of(card.Options, null));
    }

    /// <summary>
    /// A data set as this model needs it: classes are bound by name (their order may differ), images normalised with the moments of training. Where
    /// nobody named the model's classes, as many classes of the data stand for them in their order, which is how torchvision numbers folders. The data may lack
    /// some of the model's classes.
    /// </summary>
    /// <exception cref="DataException">The images have another size.</exception>
    /// <exception cref="CheckpointException">The data have classes that the model does not know; lists them.</exception>
    public Dataset Bind(Dataset data)
    {
        if (data.Channels != Card.Channels || data.Height != Card.ImageSize || data.Width != Card.ImageSize)
            throw new DataException($"{data.Name}: images of {data.Channels}x{data.Height}x{data.Width}, but {Path} was trained on "
                + $"{Card.Channels}x{Card.ImageSize}x{Card.ImageSize}");
        if (!Card.ClassesAreNamed)
        {
            return data.Classes.Count == Card.Classes.Count ? data.WithClasses(data.Classes, new PixelMoments(Card.Mean, Card.Std))
                : throw new UsageException($"{data.Name} has {data.Classes.Count} classes, {Path} has {Card.Classes.Count} without names; give the names "
                    + $"of all {Card.Classes.Count} in a file (labels)");
        }

        var unknown = data.Classes.Except(Card.Classes).ToArray();
        if (unknown.Length > 0)
        {
            var missing = Card.Classes.Except(data.Classes).ToArray();
            throw new CheckpointException($"{data.Name} and {Path} have different classes; only in the data: {NameList.Some(unknown)}"
                + (missing.Length > 0 ? $"; only in the model: {NameList.Some(missing)}" : ""));
        }

        return data.WithClasses(Card.Classes, new PixelMoments(Card.Mean, Card.Std));
    }

    /// <summary>How <see cref="Bind"/> binds the classes of a data set, where a person should know it; else null.</summary>
    public string? BindingNote(Dataset data)
    {
        if (!Card.ClassesAreNamed)
            return $"classes: {Path} does not name them; those of the data stand for its outputs in code-point order, as torchvision numbers folders: "
                + $"{NameList.Some([.. data.Classes.Select((c, i) => $"{i}={c}")], 16)} (labels FILE names them otherwise)";
        var present = TrainingData.Labels(data).Select(l => data.Classes[l]).ToHashSet(StringComparer.Ordinal);
        string[] missing = [.. Card.Classes.Where(c => !present.Contains(c))];
        return missing.Length == 0 ? null : $"classes: bound by name; no image of {NameList.Some(missing, 5)}";
    }

    /// <summary>Loss and accuracy on a data set, which is bound by <see cref="Bind"/>.</summary>
    /// <param name="data">The images.</param>
    /// <param name="batchSize">Images per batch.</param>
    /// <param name="workers">Threads that prepare batches.</param>
    /// <param name="progress">Told after each batch: done, of.</param>
    /// <param name="stop">Ends the evaluation with <see cref="OperationCanceledException"/>.</param>
    public EvalResult Evaluate(Dataset data, int batchSize = 250, int workers = 1, Action<int, int>? progress = null, CancellationToken stop = default) =>
        new Evaluator(Task, Model, batchSize, workers).Run(Bind(data), Task.Measured(Card.Options, []), progress, stop);

    /// <summary>Pixels of image <paramref name="index"/> of a data set, [H, W, C].</summary>
    /// <param name="data">Images as <see cref="Bind"/> returns them.</param>
    /// <param name="index">Position.</param>
    /// <exception cref="UsageException">There is no such image.</exception>
    public static byte[] Pixels(Dataset data, int index)
    {
        RequireImage(data, index);
        var pixels = new byte[data.ImageBytes];
        data.Read(index, pixels);
        return pixels;
    }

    /// <summary>Refuses a position outside the data set.</summary>
    /// <exception cref="UsageException">There is no such image.</exception>
    public static void RequireImage(Dataset data, int index)
    {
        if ((uint)index >= (uint)data.Count)
            throw new UsageException($"image {index} of {data.Name}: expected 0..{data.Count - 1}");
    }

    /// <summary>Pixels of an image file, read as those of the training and fitted to the model's size: [H, W, C].</summary>
    /// <param name="file">The file.</param>
    /// <param name="invert">Exchanges dark and light.</param>
    public byte[] Pixels(string file, bool invert = false) => Pixels(ImageReader.Read(file, Card.Options.ImageReading), invert);

    /// <summary>Pixels of a decoded image of any size, fitted to the model's: [H, W, C].</summary>
    /// <param name="image">The image.</param>
    /// <param name="invert">Exchanges dark and light first, see <see cref="ImageFit"/>.</param>
    public byte[] Pixels(DecodedImage image, bool invert = false)
    {
        // As in training: images of a folder keep their proportions, others are stretched.
        var reading = TrainingData.Folder(Card.Options, Card.Channels, Card.ImageSize);
        byte[] pixels = Task.Catalogues.Formats.Find(Card.Options.Dataset).Prepare(image, reading);
        if (invert)
            ImageFit.Invert(pixels);
        return pixels;
    }

    /// <summary>The most probable classes of image <paramref name="index"/> of a data set.</summary>
    /// <exception cref="UsageException">There is no such image.</exception>
    public IReadOnlyList<Prediction> Predict(Dataset data, int index, int top = 3) => Predict(Pixels(Bind(data), index), 1, top)[0];

    /// <summary>The most probable classes of a decoded image of any size.</summary>
    /// <param name="image">The image.</param>
    /// <param name="top">How many classes.</param>
    /// <param name="invert">Exchanges dark and light first, see <see cref="ImageFit"/>.</param>
    public IReadOnlyList<Prediction> Predict(DecodedImage image, int top = 3, bool invert = false) => Predict(Pixels(image, invert), 1, top)[0];

    /// <summary>The most probable classes of a batch of images of the model's own size.</summary>
    /// <param name="pixels">[N, H, W, C]</param>
    /// <param name="count">N</param>
    /// <param name="top">How many classes; ties by lowest index.</param>
    public IReadOnlyList<IReadOnlyList<Prediction>> Predict(ReadOnlySpan<byte> pixels, int count, int top = 3)
    {
        using var noGrad = _engine.NoGrad();
        using var step = _engine.BeginStep();
        int k = Math.Clamp(top, 1, Card.Classes.Count);
        var (values, indices) = Task.Probabilities(Model.Forward(Upload(pixels, count))).TopK(k);
        var probabilities = values.ToArray<double>();
        var classes = indices.ToArray<int>();
        return [.. Enumerable.Range(0, count).Select(i =>
            (IReadOnlyList<Prediction>)[.. Enumerable.Range(i * k, k).Select(j => new Prediction(classes[j], Card.Classes[classes[j]], probabilities[j]))])];
    }

    /// <summary>Pooled features of a batch of images of the model's own size, row-major [N, F]; maps are averaged over the image.</summary>
    /// <param name="pixels">[N, H, W, C]</param>
    /// <param name="count">N</param>
    public float[] Features(ReadOnlySpan<byte> pixels, int count)
    {
        using var noGrad = _engine.NoGrad();
        using var step = _engine.BeginStep();
        var features = Model.Features(Upload(pixels, count));
        return (features.Shape.Rank == 4 ? features.AdaptiveAvgPool2d((1, 1)).Flatten() : features).ToArray<float>();
    }

    private Tensor Upload(ReadOnlySpan<byte> pixels, int count) => _uploader.Images(pixels, new int[3 * count], count);
}
