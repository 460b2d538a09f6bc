using NativeEngine.Core;
using NativeEngine.Data.Arithmetic;

namespace NativeEngine.Data;

/// <summary>An operation that policies choose from.</summary>
/// <param name="Name">Its name in the papers: <c>ShearX</c>.</param>
/// <param name="IsSigned">The magnitude may be negative, by a coin.</param>
/// <param name="Apply">Changes an image by a magnitude.</param>
public sealed record PolicyOp(string Name, bool IsSigned, Action<Picture, double, Outside> Apply)
{
    /// <summary>All, with torchvision's arithmetic on Pillow images.</summary>
    public static IReadOnlyList<PolicyOp> All { get; } =
    [
        new("Identity", false, (_, _, _) => { }),
        // around the upper left corner
        new("ShearX", true, (p, m, o) => Warp.Apply(p, new(1, m, 0, 0, 1, 0), (p.Height, p.Width), o.Kernel, o.Fill)),
        new("ShearY", true, (p, m, o) => Warp.Apply(p, new(1, 0, 0, m, 1, 0), (p.Height, p.Width), o.Kernel, o.Fill)),
        new("TranslateX", true, (p, m, o) => Warp.Apply(p, new(1, 0, -(int)m, 0, 1, 0), (p.Height, p.Width), o.Kernel, o.Fill)),
        new("TranslateY", true, (p, m, o) => Warp.Apply(p, new(1, 0, 0, 0, 1, -(int)m), (p.Height, p.Width), o.Kernel, o.Fill)),
        new("Rotate", true, (p, m, o) => Warp.Rotate(p, m, o.Kernel, o.Fill)),
        new("Brightness", true, (p, m, _) => Enhance.Brightness(p, 1 + m)),
        new("Color", true, (p, m, _) => Enhance.Saturation(p, 1 + m)),
        new("Contrast", true, (p, m, _) => Enhance.Contrast(p, 1 + m)),
        new("Sharpness", true, (p, m, _) => Enhance.Sharpness(p, 1 + m)),
        new("Posterize", false, (p, m, _) => Point.Posterize(p, (int)m)),
        new("Solarize", false, (p, m, _) => Point.Solarize(p, m)),
        new("SolarizeAdd", false, (p, m, _) => Point.SolarizeAdd(p, (int)m)),
        new("AutoContrast", false, (p, _, _) => Point.AutoContrast(p)),
        new("Equalize", false, (p, _, _) => Point.Equalize(p)),
        new("Invert", false, (p, _, _) => Point.Invert(p)),
    ];

    /// <summary>The operation of a name.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static PolicyOp Find(string name) => All.FirstOrDefault(o => o.Name == name)
        ?? throw new UsageException($"unknown operation '{name}'{NearestName.Suggest(name, All.Select(o => o.Name))}");
}
