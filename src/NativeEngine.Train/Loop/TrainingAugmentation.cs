using System.Globalization;
using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train;

/// <summary>What a stage does with training images, from its settings.</summary>
internal static class TrainingAugmentation
{
    private const double LongestBlur = 2, ShortestBlur = 0.1;

    /// <summary>The augmentation of a stage.</summary>
    /// <param name="options">Its settings.</param>
    /// <param name="train">The training images.</param>
    /// <param name="epochs">Epochs of the whole run.</param>
    public static Augmentation Of(TrainOptions options, Dataset train, int epochs)
    {
        if (options.OverfitBatches > 0)
            return Augmentation.None;
        var then = Then(options);
        return new Augmentation(options.RandomShift, options.Hflip)
        {
            Scale = options.Scale,
            Ratio = options.Ratio ?? Augmentation.None.Ratio,
            Whole = options.Transforms is null ? null : TransformList.Parse(options.Transforms),
            Then = then.Count > 0 ? new TransformList(then) : null,
            Mixer = MixerOf(options),
            Context = new TransformContext(train.Mean, train.Std, (train.Height, train.Width)) { Epochs = epochs },
        };
    }

    /// <summary>Mixes batches; null where nothing does.</summary>
    public static BatchMixer? MixerOf(TrainOptions options) => !options.Mixes || options.OverfitBatches > 0 ? null : new(options.Mixup, options.Cutmix)
    {
        Prob = options.MixupProb,
        SwitchProb = options.MixupSwitchProb,
        Mode = options.MixupMode,
        OffEpoch = options.MixupOffEpoch,
        CutmixMinmax = options.CutmixMinmax is [var low, var high] ? (low, high) : null,
    };

    /// <summary>Checks what can be checked without images.</summary>
    /// <exception cref="UsageException">Names the setting.</exception>
    public static void Validate(TrainOptions options)
    {
        if (options.Augment is { } preset)
            _ = AugmentPreset.Find(preset);
        if (options.Transforms is { } list)
            _ = TransformList.Parse(list);
        if (options.EvalTransforms is { } eval)
            TransformList.Parse(eval).RequireFixed("eval_transforms");
        _ = new TransformList(Then(options));
        if (options.ColorJitter is not null && options.ColorJitter.Length is not (1 or 3 or 4))
            throw new UsageException($"color_jitter [{string.Join(", ", options.ColorJitter)}]: expected one number, three or four");
        if (options.ColorJitter is not null && options.Aa is not null)
            throw new UsageException($"color_jitter and aa {options.Aa} change colours both; give one");
        if (options.CutmixMinmax is not null and not [> 0 and <= 1, > 0 and <= 1] || options.CutmixMinmax is [var low, var high] && low > high)
            throw new UsageException($"cutmix_minmax [{string.Join(", ", options.CutmixMinmax!)}]: expected two rising numbers above 0 up to 1");
    }

    /// <summary>A policy as timm writes it.</summary>
    /// <exception cref="UsageException">It cannot be read; says which are known.</exception>
    internal static Transform PolicyOf(string text)
    {
        string[] parts = text.Split('-', StringSplitOptions.RemoveEmptyEntries);
        Transform policy = parts.FirstOrDefault() switch
        {
            "rand" => new RandAugmentTransform(),
            "augmix" => new AugMixTransform(),
            "ta_wide" or "trivial" => new TrivialAugmentTransform(),
            "original" or "v0" => new AutoAugmentTransform(),
            { } policyName when AutoAugmentTransform.Policies.Contains(policyName) => new AutoAugmentTransform { Policy = policyName },
            _ => throw new UsageException($"unknown aa '{text}'{NearestName.Suggest(text, Known)}; known are {string.Join(", ", Known)}"),
        };
        // augmix-d-1 is a depth of -1: the dash stands in front of a number.
        var settings = text.Replace("-d-1", "-d~1").Split('-').Skip(1).Select(p => p.Replace('~', '-'));
        foreach (string setting in settings)
        {
            string key = setting.TrimEnd("-0123456789.".ToCharArray()), value = setting[key.Length..];
            if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
                throw Wrong(setting);
            policy = (policy, key) switch
            {
                (RandAugmentTransform r, "m") => r with { M = number },
                (RandAugmentTransform r, "n") => r with { N = (int)number },
                (RandAugmentTransform r, "p") => r with { P = number },
                (RandAugmentTransform r, "mstd") => r with { Mstd = number },
                (RandAugmentTransform r, "mmax") => r with { Mmax = number },
                (RandAugmentTransform r, "inc") => r with { Inc = number != 0 },
                (AugMixTransform a, "m") => a with { Severity = (int)number },
                (AugMixTransform a, "w") => a with { Width = (int)number },
                (AugMixTransform a, "d") => a with { Depth = (int)number },
                (AugMixTransform a, "a") => a with { Alpha = number },
                _ => throw Wrong(setting),
            };
        }

        return policy;

        UsageException Wrong(string setting) => new($"aa {text}: '{setting}': expects "
            + (policy is RandAugmentTransform ? "m, n, p, mstd, mmax or inc with a number, as in rand-m9-n2-mstd0.5-inc1"
                : policy is AugMixTransform ? "m, w, d or a with a number, as in augmix-m3-w3-d-1" : "no settings"));
    }

    private static readonly string[] Known = ["rand-m9-n2-mstd0.5-inc1", .. AutoAugmentTransform.Policies, "ta_wide", "augmix-m3-w3-d-1"];

    // In timm's order: what moves pixels, the policy or colours, erasing.
    private static List<Transform> Then(TrainOptions options)
    {
        var list = new List<Transform>();
        if (options.Vflip > 0)
            list.Add(new VflipTransform { P = options.Vflip });
        if (options.Rotate > 0)
            list.Add(new RotateTransform { Degrees = options.Rotate, Interpolation = "bilinear" });
        if (options.Aa is { } policy)
            list.Add(PolicyOf(policy));
        if (options.ColorJitter is [var b, ..] jitter)
        {
            list.Add(new ColorJitterTransform
            {
                Brightness = b, Contrast = jitter.Length > 1 ? jitter[1] : b, Saturation = jitter.Length > 1 ? jitter[2] : b,
                Hue = jitter.Length > 3 ? jitter[3] : 0, P = options.ColorJitterProb,
            });
        }

        if (options.GrayscaleProb > 0)
            list.Add(new GrayscaleTransform { P = options.GrayscaleProb });
        if (options.GaussianBlurProb > 0)
            list.Add(new GaussianBlurTransform { P = options.GaussianBlurProb, Sigma = (ShortestBlur, LongestBlur) });
        if (options.Reprob > 0)
            list.Add(new RandomErasingTransform { P = options.Reprob, Mode = options.Remode, Count = options.Recount });
        if (options.Cutout > 0)
            list.Add(new CutoutTransform { Length = options.Cutout });
        return list;
    }
}
