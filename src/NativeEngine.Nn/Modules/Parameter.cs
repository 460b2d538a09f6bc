using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>A trained tensor of a module, under its name in the module tree.</summary>
public sealed class Parameter
{
    private const int DrawChunk = 1 << 15;
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
        var values = new float[Tensor.Count];
        Parallel.For(0, (values.Length + DrawChunk - 1) / DrawChunk, chunk =>
        {
            int first = chunk * DrawChunk;
            Initializer(values.AsSpan(first, Math.Min(DrawChunk, values.Length - first)), key, first);
        });
        Tensor.CopyFrom<float>(values);
    }

    /// <summary>Name and shape.</summary>
    public override string ToString() => $"{Name} {Tensor.Shape}";
}
