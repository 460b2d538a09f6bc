namespace NativeEngine.Core;

/// <summary>What an operation's backward sees: the gradient of its output and where the gradients of its inputs go.</summary>
public readonly struct BackwardPass
{
    private readonly Node _node;

    internal BackwardPass(Node node) => _node = node;

    /// <summary>The gradient of the output, dense.</summary>
    public Tensor Dy => _node.Grad!;

    /// <summary>True when input <paramref name="i"/> wants a gradient.</summary>
    public bool Needs(int i) => _node.Inputs[i] is { RequiresGrad: true };

    /// <summary>The place for the gradient of input <paramref name="i"/>, or <see cref="GradTarget.None"/> when it wants none. Ask once.</summary>
    public GradTarget Target(int i) => Needs(i) ? _node.Inputs[i]!.GradTarget() : GradTarget.None;

    /// <summary>
    /// Hands over a finished gradient (often <see cref="Dy"/> itself) for input <paramref name="i"/>: shared without a copy
    /// when it is the first, else added. Ignored when the input wants none.
    /// </summary>
    public void Give(int i, Tensor gradient)
    {
        if (Needs(i))
            _node.Inputs[i]!.TakeGrad(gradient);
    }
}
