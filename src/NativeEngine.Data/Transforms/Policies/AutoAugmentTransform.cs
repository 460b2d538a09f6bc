namespace NativeEngine.Data;

/// <summary>One of the 25 rows of a policy that was searched for (Cubuk et al. 2019): imagenet, cifar10 or svhn.</summary>
public sealed record AutoAugmentTransform : Transform
{
    /// <summary>The names of the policies.</summary>
    public static IReadOnlyCollection<string> Policies => AutoAugmentTables.Names;

    /// <summary>The policy.</summary>
    public string Policy { get; init; } = "imagenet";

    /// <inheritdoc/>
    public override void Validate() => _ = AutoAugmentTables.Find(Policy);

    /// <inheritdoc/>
    public override void Apply(Picture picture, Draws draws, TransformContext context)
    {
        var rows = AutoAugmentTables.Find(Policy);
        foreach (var step in rows[draws.Below(rows.Count)])
        {
            bool apply = draws.Chance(step.Probability), negative = draws.Below(2) == 1;
            if (!apply)
                continue;
            double magnitude = MagnitudeSpace.AutoAugment.Of(step.Op.Name, step.Level, (picture.Height, picture.Width));
            step.Op.Apply(picture, step.Op.IsSigned && negative ? -magnitude : magnitude, Outside.Black);
        }
    }
}
