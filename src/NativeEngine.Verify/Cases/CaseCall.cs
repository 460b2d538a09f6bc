using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Verify;

/// <summary>The arguments of one op or loss of a case, fetched by name; afterwards everything the case holds must have been asked for.</summary>
internal sealed class CaseCall(Engine engine, ReferenceCase reference)
{
    private readonly Dictionary<string, Tensor> _inputs = [];

    public Engine Engine => engine;

    public CaseAttributes Attributes => reference.Attributes;

    public Tensor Input(string name) => Optional(name) ?? throw new DataException($"tensor in.{name} is missing");

    public Tensor? Optional(string name)
    {
        if (_inputs.TryGetValue(name, out var known))
            return known;
        if (!reference.Tensors.TryGetValue($"in.{name}", out var host))
            return null;
        var tensor = CaseReplay.Upload(engine, host, $"in.{name}", persistent: true);
        tensor.RequiresGrad = tensor.DType.IsFloat() && reference.Tensors.ContainsKey($"grad.{name}");
        return _inputs[name] = tensor;
    }

    /// <summary>Refuses to compute a result of another shape than the case expects, before memory is taken for it.</summary>
    public void Expect(Shape shape)
    {
        var expected = reference.Required("out.output");
        if (!expected.Shape.AsSpan().SequenceEqual(shape.AsSpan()))
            throw new CaseShapeException($"expected shape [{string.Join(',', expected.Shape)}], got {shape}");
    }

    /// <summary>Runs backward from <paramref name="main"/> and compares all expected outputs and gradients.</summary>
    public IReadOnlyList<Comparison> Finish(string mainName, Tensor main, params (string Name, Tensor? Tensor)[] others)
    {
        RefuseUnknown(mainName, others);
        if (_inputs.ContainsValue(main))
            main = main.Clone(); // an op that left nothing to do gave its input back, into which no gradient flows by itself
        var results = new List<Comparison>();
        foreach (var (name, expected) in reference.Behind("out."))
            results.Add(CaseReplay.Compare(reference, $"out.{name}", expected, name == mainName ? main : others.First(o => o.Name == name).Tensor!));
        var gradients = reference.Behind("grad.").ToList();
        if (gradients.Count == 0)
            return results;
        if (!main.RequiresGrad)
            throw new DataException("a gradient is expected of a result that has none");
        var upstream = reference.Tensors.TryGetValue($"dout.{mainName}", out var given) ? CaseReplay.Upload(engine, given, $"dout.{mainName}") : null;
        main.Backward(upstream);
        foreach (var (name, expected) in gradients)
        {
            var gradient = _inputs[name].Grad ?? throw new DataException($"grad.{name} is expected, but no gradient reaches in.{name}");
            results.Add(CaseReplay.Compare(reference, $"grad.{name}", expected, gradient));
        }

        foreach (var input in _inputs.Values)
            input.ReleaseGrad();
        return results;
    }

    private void RefuseUnknown(string mainName, (string Name, Tensor? Tensor)[] others)
    {
        Attributes.RefuseUnread();
        foreach (var (name, _) in reference.Behind("in."))
        {
            if (!_inputs.ContainsKey(name))
                throw new UnsupportedCaseException($"argument {name}");
        }

        foreach (var (name, _) in reference.Behind("out."))
        {
            if (name != mainName && !others.Any(o => o.Name == name && o.Tensor is not null))
                throw new UnsupportedCaseException($"output {name}");
        }

        foreach (var (name, _) in reference.Behind("dout."))
        {
            if (name != mainName)
                throw new UnsupportedCaseException($"gradient into output {name}");
        }

        foreach (var (name, _) in reference.Behind("grad."))
        {
            if (!_inputs.TryGetValue(name, out var input) || !input.DType.IsFloat())
                throw new DataException($"tensor grad.{name}: there is no float tensor in.{name}");
        }
    }
}
