using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>A trained tensor of a module, under its name in the module tree.</summary>
public sealed class Parameter
{
    private const int DrawChunk = 1 << 15;

    /// <summary>Big matrices are drawn in pieces of this size, so that no second copy of them lies on the host.</summary>
    private const int DrawPiece = 1 << 20;
    private readonly Module _owner;

    internal Parameter(Module owner, string localName, Tensor tensor, ParameterKind kind, Initializer initializer)
    {
        _owner = owner;
        LocalName = localName;
        Tensor = tensor;
        Kind = kind;
        Initializer = initializer;
    }

    /// <summary>Name inside its layer: <c>weight</c>.</summary>
    public string LocalName { get; }

    /// <summary>Name in the tree, torchvision's: <c>layer1.0.conv1.weight</c>.</summary>
    public string Name => _owner.Name.Length == 0 ? LocalName : $"{_owner.Name}.{LocalName}";

    /// <summary>The values; its <see cref="Tensor.Grad"/> holds the gradient.</summary>
    public Tensor Tensor { get; }

    /// <summary>Weight, bias or norm.</summary>
    public ParameterKind Kind { get; }

    /// <summary>Draws the first values.</summary>
    public Initializer Initializer { get; }

    /// <summary>True when no gradient is computed and no optimizer changes it.</summary>
    public bool Frozen
    {
        get => !Tensor.RequiresGrad;
        internal set
        {
            Tensor.RequiresGrad = !value;
            if (value)
                Tensor.ReleaseGrad();
        }
    }

    /// <summary>Draws the values of the stream <paramref name="key"/>.</summary>
    internal void Draw(PhiloxKey key)
    {
        if (!Tensor.IsRowMajor)
        {
            Tensor.CopyFrom<float>(Draw(key, new float[Tensor.Count], 0));
            return;
        }

        var piece = new float[Math.Min(Tensor.Count, DrawPiece)];
        for (long first = 0; first < Tensor.Count; first += DrawPiece)
        {
            int count = (int)Math.Min(DrawPiece, Tensor.Count - first);
            Tensor.CopyFrom<float>(Draw(key, piece.AsMemory(0, count), (int)first), first);
        }
    }

    private ReadOnlySpan<float> Draw(PhiloxKey key, Memory<float> values, int first)
    {
        Parallel.For(0, (values.Length + DrawChunk - 1) / DrawChunk, chunk =>
        {
            int start = chunk * DrawChunk;
            Initializer(values.Span.Slice(start, Math.Min(DrawChunk, values.Length - start)), key, first + start);
        });
        return values.Span;
    }

    /// <summary>Name and shape.</summary>
    public override string ToString() => $"{Name} {Tensor.Shape}";
}
