namespace NativeEngine;

/// <summary>What was found about one way of computing one operation.</summary>
/// <param name="Operation"><c>convolution forward</c>, <c>product</c>, <c>batch norm backward</c>.</param>
/// <param name="Algorithm">The library's algorithm, or null where there is no choice.</param>
/// <param name="Shapes">How many sizes were tried.</param>
/// <param name="Wrong">How many came out wrong.</param>
/// <param name="Excess">The largest error as a multiple of what is allowed.</param>
/// <param name="Detail">Where that was, and the numbers there.</param>
public sealed record NumericsVerdict(string Operation, int? Algorithm, int Shapes, int Wrong, double Excess, string Detail)
{
    /// <summary>Operation and algorithm.</summary>
    public string Name => Algorithm is { } number ? $"{Operation}, algorithm {number}" : Operation;
}
