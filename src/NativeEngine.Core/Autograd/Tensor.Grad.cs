namespace NativeEngine.Core;

public sealed partial class Tensor
{
    private bool _requiresGrad;
    private Tensor? _leafGrad;
    private bool _leafGradValid;

    /// <summary>The operation that made this tensor, when it was recorded.</summary>
    internal Node? Node { get; set; }

    /// <summary>
    /// True when backward computes a gradient for this tensor: set it on leaves (parameters); results of recorded operations
    /// have it by themselves.
    /// </summary>
    public bool RequiresGrad
    {
        get => _requiresGrad || Node is not null;
        set
        {
            if (Node is not null)
                throw new InvalidOperationException("requires_grad can only be set on a leaf; use Detach() to cut a result out of the graph");
            if (value && !DType.IsFloat())
                throw new ShapeException("requires_grad", $"tensor {Shape} is {DType}; only float tensors have gradients");
            if (value && !IsDense)
                throw new ShapeException("requires_grad", $"tensor {Shape} is a strided view; a leaf must be dense");
            _requiresGrad = value;
        }
    }

    /// <summary>True for tensors that were not made by a recorded operation.</summary>
    public bool IsLeaf => Node is null;

    /// <summary>The gradient of a leaf after backward; null before, and after <see cref="ZeroGrad"/>.</summary>
    public Tensor? Grad => _leafGradValid ? _leafGrad : null;

    /// <summary>Forgets the gradient; its memory is kept and overwritten by the next backward.</summary>
    public void ZeroGrad() => _leafGradValid = false;

    /// <summary>Forgets the gradient and frees its memory.</summary>
    public void ReleaseGrad()
    {
        _leafGrad?.Storage.Free();
        (_leafGrad, _leafGradValid) = (null, false);
    }

    /// <summary>A tensor on the same memory that is cut out of the graph.</summary>
    public Tensor Detach() => View(Shape, _strides, Offset);

    /// <summary>Where the next contribution to this tensor's gradient goes.</summary>
    internal GradTarget GradTarget()
    {
        if (Node is null)
        {
            var mode = _leafGradValid ? GradMode.Accumulate : GradMode.Overwrite;
            _leafGrad ??= Engine.EmptyPersistent(Shape, DType);
            _leafGradValid = true;
            return new GradTarget(_leafGrad, mode);
        }

        if (Node.Grad is null)
        {
            Node.SetGrad(Engine.Empty(Shape, DType));
            return new GradTarget(Node.Grad, GradMode.Overwrite);
        }

        if (Node.Grad.Storage.GradShares > 1)
        {
            // Another slot reads this buffer (a residual connection, say): accumulate into a copy.
            var own = Engine.Empty(Shape, DType);
            Engine.Backend.Copy(Node.Grad, own, GradMode.Overwrite);
            Node.SetGrad(own);
        }

        return new GradTarget(Node.Grad, GradMode.Accumulate);
    }

    /// <summary>Accepts a finished gradient: keeps the buffer itself when it is the first contribution.</summary>
    internal void TakeGrad(Tensor gradient)
    {
        if (gradient.Shape != Shape)
            throw new ShapeException("backward", $"gradient {gradient.Shape} for a tensor {Shape}");
        if (Node is { Grad: null } && gradient.IsDense && gradient.Storage.Owner is not null)
        {
            Node.SetGrad(gradient);
            return;
        }

        var target = GradTarget();
        Engine.Backend.Copy(gradient, target.Tensor!, target.Mode);
    }
}
