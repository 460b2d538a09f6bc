namespace NativeEngine.Core;

/// <summary>What an operation's backward sees: the gradient of its output and where the gradients of its inputs go.</summary>
public readonly struct BackwardPass
{
    private readonly Node _node;
    private readonly bool _keepsGraph;

    internal BackwardPass(Node node, bool keepsGraph, bool startsWithOnes)
    {
        _node = node;
        _keepsGraph = keepsGraph;
        StartsWithOnes = startsWithOnes;
    }

    /// <summary>True when backward started at this operation without a gradient of the caller's: <see cref="Dy"/> is all ones.</summary>
    public bool StartsWithOnes { get; }

    /// <summary>The gradient of the output, dense.</summary>
    public Tensor Dy => _node.Grad!;

    /// <summary>True when input <paramref name="i"/> wants a gradient.</summary>
    public bool Needs(int i) => _node.Inputs[i] is { RequiresGrad: true };

    /// <summary>The place for the gradient of input <paramref name="i"/>, or <see cref="GradTarget.None"/> when it wants none. Ask once.</summary>
    public GradTarget Target(int i) => Needs(i) ? _node.Inputs[i]!.GradTarget() : GradTarget.None;

    /// <summary>
    /// True when <paramref name="kept"/>, which backward alone kept, may be changed in place and would be shared without a copy if it
    /// were given to input <paramref name="i"/>: the graph is freed behind this pass, and the input is no leaf and has no gradient yet.
    /// </summary>
    public bool TakesOver(int i, Tensor kept) =>
        !_keepsGraph && _node.Inputs[i]?.Node is { Grad: null } && kept is { IsDense: true, Storage: { Owner: not null, TapeUses: 1, GradShares: 0 } };

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
