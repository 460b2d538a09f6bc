using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>An element-wise function as a layer.</summary>
public class Activation(Engine engine, UnaryOp op, UnaryArgs args = default) : Module(engine)
{
    /// <summary>The function.</summary>
    public UnaryOp Op { get; } = op;

    /// <summary>Its parameters.</summary>
    public UnaryArgs Args { get; } = args;

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Apply(Op, Args);
}

/// <summary>max(x, 0).</summary>
public sealed class ReLU(Engine engine) : Activation(engine, UnaryOp.Relu);

/// <summary>min(max(x, 0), 6).</summary>
public sealed class ReLU6(Engine engine) : Activation(engine, UnaryOp.Clamp, new UnaryArgs(0, 6));

/// <summary>x for x &gt; 0, else slope·x.</summary>
public sealed class LeakyReLU(Engine engine, double negativeSlope = 0.01) : Activation(engine, UnaryOp.LeakyRelu, new UnaryArgs(negativeSlope));

/// <summary>x · sigmoid(x).</summary>
public sealed class SiLU(Engine engine) : Activation(engine, UnaryOp.Silu);

/// <summary>x · Φ(x).</summary>
public sealed class GELU(Engine engine) : Activation(engine, UnaryOp.Gelu);

/// <summary>1 / (1 + e^-x).</summary>
public sealed class Sigmoid(Engine engine) : Activation(engine, UnaryOp.Sigmoid);

/// <summary>tanh x.</summary>
public sealed class Tanh(Engine engine) : Activation(engine, UnaryOp.Tanh);

/// <summary>x · clamp(x + 3, 0, 6) / 6.</summary>
public sealed class Hardswish(Engine engine) : Activation(engine, UnaryOp.HardSwish);

/// <summary>clamp(x + 3, 0, 6) / 6.</summary>
public sealed class Hardsigmoid(Engine engine) : Activation(engine, UnaryOp.HardSigmoid);
