using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train;

/// <summary>Training images as the model sees them, for people to look at.</summary>
public static class TrainingPreview
{
    /// <summary>The first images of an epoch, augmented, with their classes; a mixed image names both with their shares.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="data">The images.</param>
    /// <param name="count">Images.</param>
    /// <param name="epoch">The epoch, counted from 0.</param>
    public static IReadOnlyList<(DecodedImage Image, string Label)> Batch(TrainOptions options, DatasetPair data, int count, int epoch = 0)
    {
        var train = TrainingData.Select(options, data).Train;
        var augmentation = TrainingAugmentation.Of(options, train, options.Epochs);
        // Moved and mirrored here, too, where a training leaves that to the device.
        augmentation = augmentation with
        {
            Then = augmentation.Then ?? new TransformList([]),
            Context = augmentation.Context ?? new TransformContext(train.Mean, train.Std, (train.Height, train.Width)),
        };
        count = Math.Min(count, train.Count);
        var plan = LearningRateCurve.Plan(options with { BatchSize = Math.Min(count, options.BatchSize) }, TrainingData.Labels(train), epoch);
        var task = TrainingTask.Of(options, train);
        using var loader = new BatchLoader(train, plan, augmentation, options.Seed, workers: 0,
            targets: n => augmentation.Mixer is null ? task.CreateTargets(train, n) : new MixedIds(n, train.Classes.Count));
        var result = new List<(DecodedImage, string)>();
        while (result.Count < count && loader.Next() is { } batch)
        {
            for (int i = 0; i < batch.Count && result.Count < count; i++)
            {
                byte[] pixels = batch.Pixels.Slice(i * train.ImageBytes, train.ImageBytes).ToArray();
                result.Add((new DecodedImage(train.Width, train.Height, train.Channels, pixels), LabelOf(batch.Targets, i, train.Classes)));
            }
        }

        return result;
    }

    /// <summary>One image as it is and under every transform with its defaults, with their names.</summary>
    /// <param name="data">The images.</param>
    /// <param name="index">The image.</param>
    /// <param name="seed">Seed of the draws.</param>
    public static IReadOnlyList<(DecodedImage Image, string Label)> EveryTransform(Dataset data, int index, ulong seed)
    {
        TrainedModel.RequireImage(data, index);
        var context = new TransformContext(data.Mean, data.Std, (data.Height, data.Width));
        var picture = new Picture();
        data.ReadWhole(index, picture);
        picture.Convert(data.Channels);
        var original = picture.ToImage();
        var result = new List<(DecodedImage, string)> { (original, "as it is") };
        foreach (var entry in Transform.Catalogue.Entries)
        {
            picture.Load(original.Content, original.Height, original.Width, original.Channels);
            // Where a chance decides, it happens here.
            var transform = entry.Bind((key, _) => key == "p" ? 1.0 : key == "d" ? ((double)Math.Max(2, data.Width / 4), (double)Math.Max(3, data.Width / 2))
                : null);
            transform.Apply(picture, new Draws(seed, RandomStream.Transform, 0, index), context);
            result.Add((picture.ToImage(), entry.Name));
        }

        return result;
    }

    private static string LabelOf(TargetBatch targets, int image, IReadOnlyList<string> classes) => targets switch
    {
        MixedIds mixed when mixed.Share(image) < 1 => FormattableString.Invariant(
            $"{mixed.Share(image):0.00} {classes[mixed.Ids[image]]} + {1 - mixed.Share(image):0.00} {classes[mixed.Partner(image)]}"),
        ClassIds ids => classes[ids.Ids[image]],
        ClassRows rows => string.Join(" + ", classes.Where((_, c) => rows.Rows[(image * classes.Count) + c] > 0.5f).DefaultIfEmpty("none")),
        _ => "",
    };
}
