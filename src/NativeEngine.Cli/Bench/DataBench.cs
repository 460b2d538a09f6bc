using System.Diagnostics;
using NativeEngine.Data;

namespace NativeEngine.Cli.Bench;

/// <summary>How many images a second one thread prepares, file to batch, in pipelines that others have, too.</summary>
internal static class DataBench
{
    private const int Pictures = 48, Height = 375, Width = 500, Side = 224, Small = 32, SmallImages = 2000, Drawings = 300, DrawingSide = 64, BatchSize = 16;
    private const ulong Seed = 1;

    /// <summary>The pipelines by name.</summary>
    public static IReadOnlyList<string> Names { get; } = ["jpeg_crop_flip", "jpeg_crop_flip_randaugment", "cifar_autoaugment_erasing", "strokes"];

    /// <summary>Runs the pipelines; the files lie in a folder of the peer's, or are drawn.</summary>
    /// <param name="folder">Where JPEGs (photos/a/*.jpg) and drawings (draw/*.csv) are, or are written.</param>
    /// <param name="seconds">How long each runs.</param>
    public static IEnumerable<(string Name, double ImagesPerSecond)> Run(string folder, double seconds)
    {
        string photos = Path.Combine(folder, "photos"), drawings = Path.Combine(folder, "draw");
        if (!Directory.Exists(photos))
            WritePhotos(Path.Combine(photos, "a"));
        if (!Directory.Exists(drawings))
            StandIn.Find("quickdraw").Make(drawings, Seed);
        var jpegs = ImageFolder.Load(photos, new FolderOptions(3, Side, Cache: ImageCache.None) { KeepsSize = true }).Train;
        var context = new TransformContext([0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f], (Side, Side));
        var crops = new Augmentation(0, 0.5) { Scale = [0.08, 1], Context = context };
        yield return (Names[0], Rate(jpegs, crops, seconds));
        yield return (Names[1], Rate(jpegs, crops with { Then = TransformList.Parse("rand_augment_tv(2,9)") }, seconds));
        var small = SyntheticData.Create(SmallImages, 10, (3, Small, Small), Seed);
        yield return (Names[2], Rate(small, new Augmentation(0, 0)
        {
            Whole = TransformList.Parse("random_crop(32,padding=4);hflip;auto_augment(cifar10);random_erasing(0.5,const)"),
            Context = context with { Size = (Small, Small) },
        }, seconds));
        var strokes = new QuickDrawFormat().Load(new DataRequest(drawings, () => throw new InvalidOperationException("no pictures"))
        {
            Strokes = () => new StrokeOptions(DrawingSide, 1) { RowsPerClass = Drawings },
        }).Train;
        yield return (Names[3], Rate(strokes, Augmentation.None, seconds));
    }

    private static void WritePhotos(string folder)
    {
        Directory.CreateDirectory(folder);
        StandIn.Find("products23").Make(Path.Combine(folder, "..", "..", "products"), Seed);
        string[] sources = [.. ImageFolder.Files(Path.Combine(folder, "..", "..", "products")).Take(Pictures)];
        for (int i = 0; i < sources.Length; i++)
            PictureFile.Write(Path.Combine(folder, $"{i:000}.jpg"),
                new DecodedImage(Width, Height, 3, ImageFit.Fit(ImageReader.Read(sources[i]), 3, Height, Width)));
    }

    private static double Rate(Dataset data, Augmentation augmentation, double seconds)
    {
        long images = 0;
        var clock = new Stopwatch();
        for (int epoch = 0; epoch == 0 || clock.Elapsed.TotalSeconds < seconds; epoch++)
        {
            if (epoch == 1)
                clock.Start(); // the first round compiles
            var plan = EpochPlan.Shuffled(data.Count, BatchSize, Seed, epoch, dropLast: false);
            using var loader = new BatchLoader(data, plan, augmentation, Seed, workers: 0);
            while ((epoch == 0 || clock.Elapsed.TotalSeconds < seconds) && loader.Next() is { } batch)
                images += epoch > 0 ? batch.Count : 0;
        }

        return images / clock.Elapsed.TotalSeconds;
    }
}
