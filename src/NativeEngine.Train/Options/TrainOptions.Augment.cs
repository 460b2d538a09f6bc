using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train;

/// <content>How training images are changed, under timm's names.</content>
public sealed partial record TrainOptions
{
    /// <summary>A preset of <see cref="AugmentPreset"/>, which whoever reads settings puts in the place of those that nobody gave; null for none.</summary>
    [Setting("augment", "preset of the settings of augmentation: {presets}; what is given beside it counts", Elsewhere = "augmentation dataaugmentation")]
    public string? Augment { get; init; }

    /// <summary>
    /// All that is done with a training image, in its order, in the place of all other settings of augmentation:
    /// <c>resize(256,letterbox);random_crop(224);hflip</c>.
    /// </summary>
    [Setting("augment", "the whole pipeline of training images in its order, or a file with it, in the place of every other setting of augmentation: "
        + "resize(256,letterbox);random_crop(224);rotate(15,p=0.3); see docs/data.md", PerStage = true)]
    public string? Transforms { get; init; }

    /// <summary>What is done with an image that is evaluated or predicted, in the place of resizing and cutting out the centre.</summary>
    [Setting("augment", "what is done with images of evaluation and prediction, as transforms: resize(256,letterbox);center_crop(224); absent: as "
        + "crop_pct says")]
    public string? EvalTransforms { get; init; }

    /// <summary>Policy: <c>rand-m9-n2-mstd0.5-inc1</c>, <c>imagenet</c>, <c>cifar10</c>, <c>svhn</c>, <c>ta_wide</c>, <c>augmix-m3-w3-d-1</c>.</summary>
    [Setting("augment", "policy: rand-m9-n2-mstd0.5-inc1 (RandAugment) | imagenet | cifar10 | svhn (AutoAugment) | ta_wide (TrivialAugment) | augmix-m3-w3-d-1",
        PerStage = true, Elsewhere = "autoaugment autoaugmentpolicy randaugment")]
    public string? Aa { get; init; }

    /// <summary>Amounts of brightness, contrast, saturation and hue; one number is the first three.</summary>
    [Setting("augment", "color jitter of brightness, contrast, saturation and perhaps hue; one number is the first three; not with aa", PerStage = true,
        Elsewhere = "colorjitter jitter")]
    public double[]? ColorJitter { get; init; }

    /// <summary>The chance of color jitter.</summary>
    [Setting("augment", "chance of color jitter", Range = "0..1", PerStage = true)]
    public double ColorJitterProb { get; init; } = 1;

    /// <summary>The chance that an image becomes grey.</summary>
    [Setting("augment", "chance that an image becomes grey", Range = "0..1", PerStage = true)]
    public double GrayscaleProb { get; init; }

    /// <summary>The chance of a blur of 0.1 … 2 pixels.</summary>
    [Setting("augment", "chance of a Gaussian blur of 0.1 to 2 pixels", Range = "0..1", PerStage = true)]
    public double GaussianBlurProb { get; init; }

    /// <summary>Chance of mirroring a training image top to bottom.</summary>
    [Setting("augment", "chance of mirroring a training image top to bottom", Range = "0..1", PerStage = true, Elsewhere = "flipud verticalflip")]
    public double Vflip { get; init; }

    /// <summary>Largest angle of rotation, in degrees.</summary>
    [Setting("augment", "largest angle of a random rotation in degrees", Range = "0..360", PerStage = true, Elsewhere = "degrees rotation randomrotation")]
    public double Rotate { get; init; }

    /// <summary>Chance of random erasing.</summary>
    [Setting("augment", "chance of random erasing", Range = "0..1", PerStage = true, Elsewhere = "erasing randomerasing erasingprob randomerase")]
    public double Reprob { get; init; }

    /// <summary>What random erasing paints with.</summary>
    [Setting("augment", "random erasing paints with the mean (const), one random colour (rand), or noise (pixel)", PerStage = true)]
    public EraseMode Remode { get; init; } = EraseMode.Pixel;

    /// <summary>Boxes of random erasing.</summary>
    [Setting("augment", "boxes of random erasing, which share the area", Range = "1..100", PerStage = true)]
    public int Recount { get; init; } = 1;

    /// <summary>Side of the square that Cutout paints; 0 for none.</summary>
    [Setting("augment", "side of the square that Cutout paints with the mean, in pixels; 0: none", Range = "0..8192", PerStage = true)]
    public int Cutout { get; init; }

    /// <summary>α of MixUp; 0 for none.</summary>
    [Setting("augment", "alpha of MixUp; 0: none", Range = "0..", PerStage = true, Elsewhere = "mixupalpha")]
    public double Mixup { get; init; }

    /// <summary>α of CutMix; 0 for none.</summary>
    [Setting("augment", "alpha of CutMix; 0: none", Range = "0..", PerStage = true, Elsewhere = "cutmixalpha")]
    public double Cutmix { get; init; }

    /// <summary>Smallest and largest part of the sides of CutMix's box, in the place of alpha.</summary>
    [Setting("augment", "smallest and largest part of the sides of CutMix's box, in the place of alpha: 0.2,0.8", PerStage = true)]
    public double[]? CutmixMinmax { get; init; }

    /// <summary>The chance that a batch is mixed.</summary>
    [Setting("augment", "chance that a batch is mixed", Range = "0..1", PerStage = true)]
    public double MixupProb { get; init; } = 1;

    /// <summary>The chance of CutMix where MixUp is on, too.</summary>
    [Setting("augment", "chance of CutMix where MixUp is on, too", Range = "0..1", PerStage = true)]
    public double MixupSwitchProb { get; init; } = 0.5;

    /// <summary>Which images of a batch are mixed alike.</summary>
    [Setting("augment", "one share for the whole batch, each pair or each image (elem)", PerStage = true)]
    public MixMode MixupMode { get; init; }

    /// <summary>The epoch from which on nothing is mixed; 0 for never.</summary>
    [Setting("augment", "epoch from which on nothing is mixed; 0: never", Range = "0..", PerStage = true)]
    public int MixupOffEpoch { get; init; }

    /// <summary>True where images of a batch are mixed.</summary>
    internal bool Mixes => Mixup > 0 || Cutmix > 0 || CutmixMinmax is not null;
}
