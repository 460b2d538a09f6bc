namespace NativeEngine.Core;

/// <summary>Element-wise functions of one argument. Adding one: see the recipe in README.md.</summary>
public enum UnaryOp
{
    /// <summary>-x. Backward needs nothing.</summary>
    Neg,

    /// <summary>max(x, 0); derivative 0 at x = 0; NaN stays NaN. Backward uses y.</summary>
    Relu,

    /// <summary>x for x &gt; 0, else a·x (a = negative slope); derivative a at x = 0. Backward uses x.</summary>
    LeakyRelu,

    /// <summary>1 / (1 + e^-x). Backward uses y: dy·y(1-y).</summary>
    Sigmoid,

    /// <summary>tanh x. Backward uses y: dy·(1-y²).</summary>
    Tanh,

    /// <summary>x · sigmoid(x) (swish). Backward uses x.</summary>
    Silu,

    /// <summary>x · Φ(x) with the error function (not the tanh approximation). Backward uses x.</summary>
    Gelu,

    /// <summary>e^x. Backward uses y.</summary>
    Exp,

    /// <summary>ln x. Backward uses x: dy / x.</summary>
    Log,

    /// <summary>√x; derivative defined as 0 at x = 0. Backward uses y: dy / (2y).</summary>
    Sqrt,

    /// <summary>x^a. Backward uses x: dy·a·x^(a-1), and 0 when a is 0.</summary>
    Pow,

    /// <summary>|x|; derivative 0 at x = 0. Backward uses x.</summary>
    Abs,

    /// <summary>min(max(x, a), b); derivative 1 where a ≤ x ≤ b, else 0. Backward uses x.</summary>
    Clamp,

    /// <summary>a·x + b. Backward needs nothing.</summary>
    Affine,

    /// <summary>x · clamp(x + 3, 0, 6) / 6; derivative 0 for x ≤ -3 and 1 for x ≥ 3. Backward uses x.</summary>
    HardSwish,

    /// <summary>clamp(x + 3, 0, 6) / 6; derivative 1/6 for -3 &lt; x &lt; 3, else 0. Backward uses x.</summary>
    HardSigmoid,
}

/// <summary>What the backward pass of a <see cref="UnaryOp"/> reads.</summary>
public enum SavedOperand
{
    /// <summary>Nothing is kept.</summary>
    None,

    /// <summary>The input x is kept.</summary>
    Input,

    /// <summary>The output y is kept.</summary>
    Output,
}

/// <summary>Parameters of a <see cref="UnaryOp"/>; unused ones are 0.</summary>
/// <param name="A">Negative slope, exponent, lower bound or factor.</param>
/// <param name="B">Upper bound or summand.</param>
public readonly record struct UnaryArgs(double A = 0, double B = 0);

/// <summary>Element-wise functions of two broadcast arguments.</summary>
public enum BinaryOp
{
    /// <summary>a + b.</summary>
    Add,

    /// <summary>a - b.</summary>
    Sub,

    /// <summary>a · b.</summary>
    Mul,

    /// <summary>a / b.</summary>
    Div,

    /// <summary>max(a, b); a tie gives the gradient to a. NaN in either gives NaN.</summary>
    Max,

    /// <summary>min(a, b); a tie gives the gradient to a. NaN in either gives NaN.</summary>
    Min,
}

/// <summary>One of the two operands of a <see cref="BinaryOp"/>.</summary>
public enum Operand
{
    /// <summary>a.</summary>
    Left,

    /// <summary>b.</summary>
    Right,
}

/// <summary>Reductions.</summary>
public enum ReduceOp
{
    /// <summary>Sum of the reduced elements; 0 over nothing.</summary>
    Sum,

    /// <summary>Sum divided by the number of reduced elements; NaN over nothing.</summary>
    Mean,

    /// <summary>The largest element; the first in row-major order wins a tie; NaN wins over numbers; -infinity over nothing.</summary>
    Max,
}

/// <summary>How a loss over rows becomes one value.</summary>
public enum Reduction
{
    /// <summary>Weighted mean over the rows that count, as PyTorch; NaN when none counts.</summary>
    Mean,

    /// <summary>Sum over the rows that count.</summary>
    Sum,

    /// <summary>One value per row; 0 for ignored rows.</summary>
    None,
}

/// <summary>
/// Losses of a row of logits and its class id t, with p = softmax(logits), w[t] the weight of the class (1 without weights). A value of its own per row,
/// or their <see cref="Reduction"/>; rows whose target is ignored contribute 0. A row with +∞ or NaN, or of -∞ alone, gives NaN.
/// </summary>
public enum ClassLossOp
{
    /// <summary>-(1-ε)·w[t]·ln p[t] - ε/K·Σ w[k]·ln p[k].</summary>
    CrossEntropy,

    /// <summary>-w[t]·x[t]: the inputs are log-probabilities already.</summary>
    Nll,

    /// <summary>-w[t]·(1 - p[t])^γ·ln p[t].</summary>
    Focal,

    /// <summary>w[t]·Σ (p[k] - [k = t])², never negative.</summary>
    Squared,

    /// <summary>w[t] / p[t]; infinite from ln p[t] = -88.7 on, and then a gradient of infinities and NaN.</summary>
    SoftmaxInverse,
}

/// <summary>Element-wise losses between an input x and a target t.</summary>
public enum ElementLossOp
{
    /// <summary>(x - t)².</summary>
    Mse,

    /// <summary>|x - t|; derivative 0 at 0.</summary>
    L1,

    /// <summary>0.5·d²/beta for |d| &lt; beta, else |d| - 0.5·beta, d = x - t.</summary>
    SmoothL1,

    /// <summary>
    /// Binary cross-entropy of logits x with targets t in [0, 1]: max(x,0) - x·t + ln(1 + e^-|x|). <c>weight</c> is the positive weight.
    /// </summary>
    BceWithLogits,
}
