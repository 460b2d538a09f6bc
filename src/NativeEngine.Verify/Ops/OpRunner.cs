using NativeEngine.Core;

namespace NativeEngine.Verify;

/// <summary>Runs op cases on an engine and compares two engines.</summary>
public static class OpRunner
{
    /// <summary>
    /// Runs forward and backward <paramref name="passes"/> times on the same leaves, with another random upstream gradient each time: the
    /// first pass overwrites the gradients, the others accumulate.
    /// </summary>
    public static OpResult Run(Engine engine, OpCase op, int passes = 2)
    {
        var tensors = new List<NamedValues>();
        using var step = engine.BeginStep();
        var inputs = MakeInputs(engine, op);
        foreach (var input in inputs)
            input.Keep(); // backward frees what a step owns once it is consumed, and there is another pass to come
        for (int pass = 0; pass < passes; pass++)
        {
            string suffix = pass == 0 ? "" : $" (pass {pass + 1})";
            var outputs = op.Run(engine, inputs);
            for (int i = 0; i < outputs.Length; i++)
                tensors.Add(ToHost($"output{(outputs.Length > 1 ? $".{i}" : "")}{suffix}", outputs[i]));
            if (Differentiable(outputs) is not { } output)
                continue;
            output.Backward(Upstream(engine, op, output.Shape, pass));
            for (int i = 0; i < inputs.Length; i++)
            {
                if (op.Inputs[i].Gradient)
                    tensors.Add(inputs[i].Grad is { } grad ? ToHost($"grad.{op.Inputs[i].Name}{suffix}", grad)
                        : throw new InvalidOperationException($"{op.Name}: no gradient reached {op.Inputs[i].Name}"));
            }
        }

        foreach (var input in inputs)
            input.ReleaseGrad();
        return new OpResult(tensors);
    }

    /// <summary>Bytes kept for backward after the forward pass, inputs included.</summary>
    public static long SavedBytes(Engine engine, OpCase op)
    {
        using var step = engine.BeginStep();
        op.Run(engine, MakeInputs(engine, op));
        return engine.Tape.SavedBytes;
    }

    /// <summary>Compares what a backend computed with what the reference did, tensor by tensor.</summary>
    public static IEnumerable<Comparison> Compare(OpCase op, OpResult expected, OpResult got)
    {
        if (expected.Tensors.Count != got.Tensors.Count)
        {
            yield return Comparison.Mismatch(op.Name, $"expected {expected.Tensors.Count} tensors, got {got.Tensors.Count}");
            yield break;
        }

        for (int i = 0; i < expected.Tensors.Count; i++)
        {
            var (want, have) = (expected.Tensors[i], got.Tensors[i]);
            // What overflows in float is infinite there: compare with the reference as a float sees it.
            var values = want.IsFloat ? Array.ConvertAll(want.Values, v => (double)(float)v) : want.Values;
            yield return want.Shape == have.Shape
                ? Comparison.Of(want.Name, want.Shape, values, have.Values, want.IsFloat ? op.Tolerance : Tolerance.Exact)
                : Comparison.Mismatch(want.Name, $"expected {want.Shape}, got {have.Shape}");
        }
    }

    internal static Tensor[] MakeInputs(Engine engine, OpCase op, IReadOnlyList<double[]>? values = null)
    {
        var inputs = new Tensor[op.Inputs.Count];
        for (int i = 0; i < inputs.Length; i++)
        {
            var input = op.Inputs[i];
            inputs[i] = engine.Empty(input.Shape, input.Type);
            inputs[i].CopyFrom<double>(values?[i] ?? input.Draw(op.Name));
            inputs[i].RequiresGrad = input.Gradient;
        }

        return inputs;
    }

    internal static Tensor? Differentiable(Tensor[] outputs) => Array.Find(outputs, t => t is { RequiresGrad: true, IsLeaf: false });

    internal static Tensor Upstream(Engine engine, OpCase op, Shape shape, int pass)
    {
        var gradient = engine.Empty(shape);
        gradient.CopyFrom<double>(CaseInput.Normal("upstream", shape).Draw($"{op.Name}/{pass}"));
        return gradient;
    }

    private static NamedValues ToHost(string name, Tensor tensor) => new(name, tensor.Shape, tensor.DType.IsFloat(), tensor.ToArray<double>());
}
