namespace NativeEngine.Cpu.Operators;

/// <summary>
/// What a loss makes of one row, p its softmax and t its class, before weights: the value, and the gradient
/// d/dx[k] = OfP·p[k] + OfSquare·p[k]² + AtTarget·[k = t].
/// </summary>
internal readonly record struct ClassRow(double Value, double OfP, double OfSquare, double AtTarget);

/// <summary>
/// A loss of a row and its class, as a function of a few sums over the row. A new one of this kind is a struct here, a functor in <c>loss.cu</c>, a case of
/// the reference.
/// </summary>
internal interface IClassLoss
{
    /// <summary>True when the inputs are logits; else they are log-probabilities, and only the target's counts.</summary>
    static abstract bool OfLogits { get; }

    /// <summary>True when <see cref="At"/> needs Σ p².</summary>
    static abstract bool TakesSquares { get; }

    /// <summary>Value and gradient of a row.</summary>
    /// <param name="logP">ln p[t]</param>
    /// <param name="squares">Σ p[k]², or 0 when it is not taken</param>
    /// <param name="gamma">The loss's exponent.</param>
    static abstract ClassRow At(double logP, double squares, double gamma);
}

/// <summary>-ln p[t].</summary>
internal readonly struct CrossEntropyLoss : IClassLoss
{
    public static bool OfLogits => true;

    public static bool TakesSquares => false;

    public static ClassRow At(double logP, double squares, double gamma) => new(-logP, 1, 0, -1);
}

/// <summary>-x[t] of log-probabilities.</summary>
internal readonly struct LogProbabilityLoss : IClassLoss
{
    public static bool OfLogits => false;

    public static bool TakesSquares => false;

    public static ClassRow At(double logP, double squares, double gamma) => new(-logP, 0, 0, -1);
}

/// <summary>-(1 - p[t])^γ·ln p[t].</summary>
internal readonly struct FocalLoss : IClassLoss
{
    public static bool OfLogits => true;

    public static bool TakesSquares => false;

    public static ClassRow At(double logP, double squares, double gamma)
    {
        double p = Math.Exp(logP), doubt = Math.Max(0, 1 - p), factor = gamma == 2 ? doubt * doubt : Math.Pow(doubt, gamma);
        // d/d ln p = -(1-p)^γ·(1 - γ·p·ln p/(1-p)), with the limits 0 of p·ln p at p = 0 and -1 of ln p/(1-p) at p = 1.
        double turn = p == 0 ? 0 : doubt == 0 ? -1 : p * logP / doubt;
        double slope = factor * (1 - gamma * turn);
        return new(-factor * logP, slope, 0, -slope);
    }
}

/// <summary>Σ (p - onehot)².</summary>
internal readonly struct SquaredLoss : IClassLoss
{
    public static bool OfLogits => true;

    public static bool TakesSquares => true;

    public static ClassRow At(double logP, double squares, double gamma)
    {
        // Σ p² and p[t]² are rounded apart, so that their difference may come out below 0.
        double p = Math.Exp(logP), doubt = 1 - p, others = Math.Max(0, squares - p * p);
        return new(others + doubt * doubt, 2 * (p * doubt - others), 2, -2 * p);
    }
}

/// <summary>1 / p[t].</summary>
internal readonly struct SoftmaxInverseLoss : IClassLoss
{
    public static bool OfLogits => true;

    public static bool TakesSquares => false;

    public static ClassRow At(double logP, double squares, double gamma)
    {
        double inverse = Math.Exp(-logP);
        return new(inverse, inverse, 0, -inverse);
    }
}
