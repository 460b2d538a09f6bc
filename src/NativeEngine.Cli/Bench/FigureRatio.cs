namespace NativeEngine.Cli.Bench;

/// <summary>One figure then and now.</summary>
internal readonly record struct FigureRatio(string Name, double Before, double Now)
{
    /// <summary>Now over before: above 1 is worse.</summary>
    public double Ratio => Now / Before;

    /// <summary>True when the figure grew by more than <paramref name="tolerance"/>, a fraction.</summary>
    public bool IsWorse(double tolerance) => Ratio > 1 + tolerance;
}
