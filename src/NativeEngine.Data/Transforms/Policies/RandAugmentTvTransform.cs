namespace NativeEngine.Data;

/// <summary>RandAugment (Cubuk et al. 2020) as torchvision has it: 14 operations with equal chance, all at one level.</summary>
public sealed record RandAugmentTvTransform : Transform
{
    private static readonly PolicyOp[] Ops = [.. PolicyOp.All.Where(o => o.Name is not ("Invert" or "SolarizeAdd"))];

    /// <summary>Operations of an image.</summary>
    public int NumOps { get; init; } = 2;

    /// <summary>Their level, below <see cref="Levels"/>.</summary>
    public int Magnitude { get; init; } = 9;

    /// <summary>Levels there are.</summary>
    public int Levels { get; init; } = 31;

    /// <inheritdoc/>
    public override void Validate()
    {
        Require(NumOps is >= 1 and <= 16, "num_ops", NumOps, "1 … 16");
        Require(Levels is >= 2 and <= 1000, "levels", Levels, "2 … 1000");
        Require(Magnitude >= 0 && Magnitude < Levels, "magnitude", Magnitude, $"0 … {Levels - 1}");
    }

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        var space = MagnitudeSpace.RandAugment with { Levels = Levels };
        for (int i = 0; i < NumOps; i++)
            One(picture, draws, space, Magnitude);
    }

    /// <summary>One of the 14 operations at a level.</summary>
    internal static void One(Picture picture, Draws draws, MagnitudeSpace space, int level)
    {
        var op = Ops[draws.Below(Ops.Length)];
        double magnitude = space.Of(op.Name, level, (picture.Height, picture.Width));
        op.Apply(picture, op.IsSigned ? draws.Sign(magnitude) : magnitude, Outside.Black);
    }
}
