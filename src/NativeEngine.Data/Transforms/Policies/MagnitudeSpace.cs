using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>Which magnitude a level of an operation is: rising from 0 to a most over levels 0 … bins-1, see <see cref="Of"/>.</summary>
/// <param name="Name">The policy it belongs to.</param>
/// <param name="Levels">How many levels there are.</param>
/// <param name="Shear">Most shear.</param>
/// <param name="Translate">Most translation, from the image's extent.</param>
/// <param name="Rotate">Most degrees.</param>
/// <param name="Factor">Most that a factor differs from 1.</param>
/// <param name="Bits">Bits that are kept at level 0, and how many fewer at the last.</param>
public sealed record MagnitudeSpace(string Name, int Levels, double Shear, Func<int, double> Translate, double Rotate, double Factor,
    (int Kept, int Fewer) Bits)
{
    /// <summary>AutoAugment (Cubuk et al. 2019) in torchvision's form: 10 levels.</summary>
    public static MagnitudeSpace AutoAugment { get; } = new("autoaugment", 10, 0.3, extent => 150.0 / 331 * extent, 30, 0.9, (8, 4));

    /// <summary>RandAugment (Cubuk et al. 2020) in torchvision's form: AutoAugment's magnitudes in 31 levels.</summary>
    public static MagnitudeSpace RandAugment { get; } = AutoAugment with { Name = "randaugment", Levels = 31 };

    /// <summary>TrivialAugmentWide (Müller and Hutter 2021): 31 levels.</summary>
    public static MagnitudeSpace TrivialAugmentWide { get; } = new("trivial", 31, 0.99, _ => 32, 135, 0.99, (8, 6));

    /// <summary>AugMix (Hendrycks et al. 2020) in torchvision's form: 10 levels.</summary>
    public static MagnitudeSpace AugMix { get; } = new("augmix", 10, 0.3, extent => extent / 3.0, 30, 0.9, (4, 4));

    /// <summary>All.</summary>
    public static IReadOnlyList<MagnitudeSpace> All { get; } = [AutoAugment, RandAugment, TrivialAugmentWide, AugMix];

    /// <summary>The magnitude of an operation at a level, without its sign; 0 where it has none.</summary>
    /// <param name="op">The operation.</param>
    /// <param name="level">0 … Levels-1.</param>
    /// <param name="size">The image's height and width.</param>
    public double Of(string op, int level, (int Height, int Width) size)
    {
        double share = (double)level / (Levels - 1);
        return op switch
        {
            "ShearX" or "ShearY" => share * Shear,
            "TranslateX" => share * Translate(size.Width),
            "TranslateY" => share * Translate(size.Height),
            "Rotate" => share * Rotate,
            "Brightness" or "Color" or "Contrast" or "Sharpness" => share * Factor,
            "Posterize" => Bits.Kept - Math.Round(level / ((Levels - 1.0) / Bits.Fewer)),
            "Solarize" => 255 - (share * 255),
            _ => 0,
        };
    }
}
