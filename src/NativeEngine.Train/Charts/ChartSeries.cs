namespace NativeEngine.Train;

/// <summary>One line of a chart.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="X">Horizontal values, rising.</param>
/// <param name="Y">Vertical values, as many.</param>
/// <param name="Faint">Drawn thin and pale, behind the others.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y, bool Faint = false);
