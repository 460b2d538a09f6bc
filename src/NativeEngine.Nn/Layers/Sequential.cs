using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Modules one after the other, named 0, 1, 2, … unless names are given. A ReLU right behind a batch norm runs fused with it. A convolution knows
/// of a batch norm behind it, which in evaluation is folded into it where no ReLU follows.
/// </summary>
public class Sequential : Module
{
    private readonly List<Module> _layers = [];

    /// <summary>An empty chain.</summary>
    public Sequential(Engine engine) : base(engine)
    {
    }

    /// <summary>A chain of unnamed layers.</summary>
    public Sequential(Engine engine, params ReadOnlySpan<Module> layers) : base(engine)
    {
        foreach (var layer in layers)
            Append(layer);
    }

    /// <summary>A chain of named layers.</summary>
    public Sequential(Engine engine, params ReadOnlySpan<(string Name, Module Layer)> layers) : base(engine)
    {
        foreach (var (name, layer) in layers)
            Append(layer, name);
    }

    /// <summary>Number of layers.</summary>
    public int Count => _layers.Count;

    /// <summary>Layer <paramref name="i"/>.</summary>
    public Module this[int i] => _layers[i];

    /// <summary>Adds a layer at the end; its name is its position unless given.</summary>
    public T Append<T>(T layer, string? name = null) where T : Module
    {
        Child(name ?? $"{_layers.Count}", layer);
        if (layer is BatchNorm2d norm && _layers is [.., Conv2d conv])
            norm.After(conv);
        _layers.Add(layer);
        return layer;
    }

    /// <summary>Runs a part of the chain: <c>[..^1]</c> is everything but the last layer.</summary>
    public Tensor Forward(Tensor x, Range layers)
    {
        var (start, length) = layers.GetOffsetAndLength(_layers.Count);
        return Run(x, input => RunLayers(input, start, start + length));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => RunLayers(x, 0, _layers.Count);

    private Tensor RunLayers(Tensor x, int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            var next = i + 1 < end ? _layers[i + 1] : null;
            if (_layers[i] is BatchNorm norm && next is ReLU)
            {
                x = Then(x, norm.Forward(x, relu: true));
                i++;
            }
            else if (_layers[i] is Conv2d conv && next is BatchNorm2d behind && !(i + 2 < end && _layers[i + 2] is ReLU) && behind.FoldsInto(conv))
            {
                x = Then(x, behind.Folded(conv, x)); // a ReLU would need its own pass then, so nothing would be spared
                i++;
            }
            else
            {
                x = Then(x, _layers[i].Forward(x));
            }
        }

        return x;
    }
}
