using System.Globalization;
using NativeEngine.Data;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>
/// Settings that fit a folder of pictures, for what nobody chose: the defaults of <see cref="TrainOptions"/> are a recipe for digits. Photographs get a small
/// residual net that a processor trains in minutes, mirrored images and random crops; small colour pictures the same net with a stem that keeps their
/// pixels, and shifts; small grey ones the digits' recipe in their own size. Batches and epochs go by the number of images.
/// </summary>
public static class FolderRecipe
{
    private const int LargestSmall = 48, LargestDigit = 32; // pixels of the shorter side
    private const double UpdatesPerEpoch = 16, MuchLarger = 2.5;

    /// <summary>What may be chosen.</summary>
    public static IReadOnlyList<string> Keys { get; } =
        ["model", "in_chans", "img_size", "batch_size", "epochs", "lr", "hflip", "scale", "random_shift", "crop_pct", "val_fraction"];

    /// <summary>Keys and values as text.</summary>
    /// <param name="survey">What the folder holds.</param>
    /// <param name="options">The settings so far.</param>
    /// <param name="given">True for a key that somebody chose; it is left out, and what depends on it follows it.</param>
    /// <param name="gpu">A GPU trains: it has time for larger images.</param>
    public static IReadOnlyList<(string Key, string Value)> For(FolderSurvey survey, TrainOptions options, Func<string, bool> given, bool gpu)
    {
        var chosen = new List<(string Key, string Value)>();
        void Choose(string key, object value)
        {
            if (!given(key))
                chosen.Add((key, Convert.ToString(value, CultureInfo.InvariantCulture)!));
        }

        bool tuned = options.Weights is not null, digits = IsDigits(survey) && !tuned, small = IsSmall(survey);
        int size = given("img_size") && options.ImgSize is { } asked ? asked : ImageSize(survey, gpu);
        if (!given("model"))
        {
            if (!digits)
                Choose("model", size <= LargestSmall ? "mini_resnet_basic_cifar" : "mini_resnet_basic");
            else if (options.ImgSize is null)
                Choose("in_chans", 1);
            Choose("img_size", size);
        }

        int held = survey.HasEval ? 0 : (int)(survey.Images * 0.1), images = Math.Max(1, survey.Images - held);
        if (options.Sampler == Sampling.Shuffle)
            Choose("batch_size", Math.Min(BatchSize(images, gpu || digits ? 128 : 64), images));
        if (options.Stages is null)
            Choose("epochs", Epochs(images, tuned ? 15_000 : digits ? 80_000 : 40_000, digits ? 4 : 8, tuned ? 30 : 60));
        if (!digits)
        {
            if (options.Opt == "adamw")
                Choose("lr", tuned ? 0.001 : 0.002);
            Choose("hflip", 0.5);
            if (!small && !given("random_shift"))
                Choose("scale", "0.35,1");
            if (!given("scale"))
                Choose("random_shift", small ? 4 : 0);
        }

        if (small)
            Choose("crop_pct", 1);
        if (!survey.HasEval && options.OverfitBatches == 0)
            Choose("val_fraction", 0.1);
        return chosen;
    }

    /// <summary>What the pictures are, for a sentence: <c>1,234 photos in 5 classes</c>.</summary>
    public static string Describe(FolderSurvey survey)
    {
        string what = IsDigits(survey) ? $"grey pictures of {survey.ShorterSide} pixels" : IsSmall(survey) ? $"pictures of {survey.ShorterSide} pixels"
            : "photos";
        return string.Create(CultureInfo.InvariantCulture, $"{survey.Images:N0} {what} in {survey.Classes} {(survey.Classes == 1 ? "class" : "classes")}");
    }

    /// <summary>A sentence where a model that somebody chose takes images much larger than the pictures are; null elsewhere.</summary>
    public static string? Enlarged(FolderSurvey survey, TrainOptions options)
    {
        int size = options.ImgSize ?? ModelCatalogue.Find(options.Model).Defaults.ImgSize;
        int enough = Math.Max(32, ImageSize(survey, gpu: true));
        if (size < MuchLarger * survey.ShorterSide || enough >= size)
            return null;
        double less = Math.Pow((double)size / enough, 2);
        return string.Create(CultureInfo.InvariantCulture,
            $"the pictures have {survey.ShorterSide} pixels and are enlarged to the {size} that {options.Model} takes: --img-size {enough} computes about "
                + $"{less:0.#} times less");
    }

    private static bool IsSmall(FolderSurvey survey) => survey.ShorterSide <= LargestSmall;

    private static bool IsDigits(FolderSurvey survey) => survey.IsGrey && survey.ShorterSide <= LargestDigit;

    private static int ImageSize(FolderSurvey survey, bool gpu) => survey.ShorterSide switch
    {
        <= LargestDigit when survey.IsGrey => Math.Max(8, survey.ShorterSide), // smallcnn halves it three times
        <= 36 => 32,
        <= LargestSmall => LargestSmall,
        < 100 => 64,
        < 200 => 112,
        _ => gpu ? 224 : 112,
    };

    private static int BatchSize(int images, int most)
    {
        int size = 4;
        while (size < most && 2 * size <= images / UpdatesPerEpoch)
            size *= 2;
        return size;
    }

    private static int Epochs(int images, int seen, int fewest, int most) => Math.Clamp(seen / images, fewest, most);
}
