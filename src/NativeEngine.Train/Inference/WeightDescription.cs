using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>
/// What a person says about weights that do not describe themselves, such as torchvision's files: what a checkpoint of this engine carries as its
/// <see cref="ModelCard"/>.
/// </summary>
public sealed record WeightDescription
{
    // Of ImageNet's training images; torchvision's weights expect them.
    private static readonly double[] ImageNetMean = [0.485, 0.456, 0.406], ImageNetStd = [0.229, 0.224, 0.225];

    /// <summary>Catalogue name.</summary>
    public string? Model { get; init; }

    /// <summary>What the data are and how images are prepared: dataset, img_size, crop_pct, mean and std; null says nothing about them.</summary>
    public TrainOptions? Settings { get; init; }

    /// <summary>Class names in the order of the logits; null names them by number.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>The sentence for weights of an unknown model.</summary>
    public static string Missing(string path) => $"{path} does not say which model it belongs to; name it with --model";

    /// <summary>The card of weights, whose shapes say the number of classes and channels, and the weights under the model's names.</summary>
    /// <param name="weights">The tensors.</param>
    /// <param name="path">Their file.</param>
    /// <exception cref="UsageException">The model is unknown, or the description does not fit the weights.</exception>
    public (ModelCard Card, StateDict Weights) Complete(StateDict weights, string path)
    {
        string name = Model ?? throw new UsageException(Missing(path));
        var own = ModelCatalogue.Find(name).Defaults;
        (weights, var sizes) = PretrainedWeights.Recognise(name, weights, path);
        int channels = sizes.InChans ?? own.InChans, classes = sizes.NumClasses ?? own.NumClasses;
        if (Labels is not null && Labels.Count != classes)
            throw new UsageException($"labels: {Labels.Count} names, but {path} has {classes} classes");
        if (Labels is not null && Labels.GroupBy(l => l, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new UsageException($"labels: {twice.Key} is named twice");
        var options = (Settings ?? new TrainOptions { Dataset = DatasetFormats.Default.Pictures.Name }) with { Model = name, InChans = channels };
        options = options with { ImgSize = options.ImgSize ?? own.ImgSize };
        if (options.Mean is null && options.Std is null && channels == ImageNetMean.Length)
            options = options with { Mean = ImageNetMean, Std = ImageNetStd };
        if (options.Mean is null && options.Std is null)
            throw new UsageException($"{path} takes images of {channels} channel{(channels == 1 ? "" : "s")} and does not say how they were normalised; "
                + "give mean and std");
        options.Validate();
        if (options.Mean!.Length != channels)
            throw new UsageException($"mean has {options.Mean.Length} numbers, but {path} takes images of {channels} channel{(channels == 1 ? "" : "s")}");
        var card = new ModelCard
        {
            Architecture = name,
            Classes = Labels ?? [.. Enumerable.Range(0, classes).Select(i => $"{i}")],
            ClassesAreNamed = Labels is not null,
            Channels = channels,
            ImageSize = options.ImgSize.Value,
            Mean = Array.ConvertAll(options.Mean, v => (float)v),
            Std = Array.ConvertAll(options.Std!, v => (float)v),
            Options = options,
            Hash = WeightsHash.Of(weights),
        };
        return (card, weights);
    }
}
