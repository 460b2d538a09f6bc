using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>A transform that gives images of a size.</summary>
public abstract record SizedTransform : Transform
{
    /// <summary>Height and width, <c>224</c> or <c>224x288</c>; empty for those of the model.</summary>
    public string Size { get; init; } = "";

    /// <inheritdoc/>
    public override void Validate()
    {
        if (Size.Length > 0)
            _ = Sides.Parse(Size, $"transform {Name}");
    }

    /// <summary>The size.</summary>
    protected (int Height, int Width) SidesOf(TransformContext context) => Size.Length == 0 ? context.Size : Sides.Parse(Size, Name);

    /// <summary>The kernel of a name that takes part in affine maps.</summary>
    /// <exception cref="UsageException">It is unknown, or resizes only.</exception>
    internal static Interpolation Sampling(string name) => name is "nearest" or "bilinear" or "bicubic" ? Interpolation.Find(name)
        : throw new UsageException($"interpolation '{name}': expects nearest, bilinear or bicubic here");
}
