using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Modules one after the other, named 0, 1, 2, … unless names are given. A ReLU right behind a batch norm runs fused with it.</summary>
public class Sequential : Module
{
    private readonly List<Module> _layers = [];

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
        _layers.Add(layer);
        return layer;
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x)
    {
        for (int i = 0; i < _layers.Count; i++)
        {
            if (_layers[i] is BatchNorm norm && i + 1 < _layers.Count && _layers[i + 1] is ReLU)
            {
                x = norm.Forward(x, relu: true);
                i++;
            }
            else
            {
                x = _layers[i].Forward(x);
            }
        }

        return x;
    }
}
