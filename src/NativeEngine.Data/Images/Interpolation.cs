using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>A resampling kernel k(x) and the radius outside of which it is 0, as Pillow defines them; nearest has none.</summary>
public sealed class Interpolation
{
    private const double Sharpness = -0.5; // Keys 1981

    private Interpolation(string name, double radius, Func<double, double> kernel) => (Name, Radius, Kernel) = (name, radius, kernel);

    /// <summary>Every kernel by name.</summary>
    public static IReadOnlyList<Interpolation> All { get; } =
    [
        new("bilinear", 1, x => Math.Max(0, 1 - Math.Abs(x))),
        new("bicubic", 2, Cubic),
        new("nearest", 0, _ => 0),
        new("box", 0.5, x => x is > -0.5 and <= 0.5 ? 1 : 0),
        new("lanczos", 3, x => x is >= -3 and < 3 ? Sinc(x) * Sinc(x / 3) : 0),
    ];

    /// <summary>Their names, for help.</summary>
    public static string Help => string.Join(" | ", All.Select(i => i.Name));

    /// <summary>The default: 1 - |x|.</summary>
    public static Interpolation Bilinear => All[0];

    /// <summary>Name on the command line.</summary>
    public string Name { get; }

    internal double Radius { get; }

    internal Func<double, double> Kernel { get; }

    /// <summary>The kernel of this name.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static Interpolation Find(string name) =>
        All.FirstOrDefault(i => i.Name == name) ?? throw new UsageException("unknown interpolation "
            + $"'{name}'{NearestName.Suggest(name, [.. All.Select(i => i.Name)])}; known are {string.Join(", ", All.Select(i => i.Name))}");

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);

    private static double Cubic(double x)
    {
        x = Math.Abs(x);
        return x < 1 ? ((Sharpness + 2) * x - (Sharpness + 3)) * x * x + 1
            : x < 2 ? (((x - 5) * x + 8) * x - 4) * Sharpness : 0;
    }
}
