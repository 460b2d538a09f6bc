namespace NativeEngine.Core;

/// <summary>Operations of one's own.</summary>
public static class Op
{
    /// <summary>
    /// An operation with a backward of its own, written in operations of tensors. What forward and backward compute is not recorded itself; between them only
    /// what forward names is kept. It runs on every device.
    /// </summary>
    /// <param name="name">The name in errors, traces and <c>graph</c>.</param>
    /// <param name="inputs">What it is computed from.</param>
    /// <param name="forward">
    /// Computes the output from the inputs, and adds to the list what backward needs: inputs, the output, or anything it computed. These must not be changed in
    /// place before backward ran.
    /// </param>
    /// <param name="backward">
    /// From the gradient of the output and what was kept: a gradient for each input, of its shape; null where there is none.
    /// </param>
    /// <exception cref="ShapeException">Backward gives another number of gradients, or one of another shape; thrown when backward runs.</exception>
    /// <example><code>
    /// var y = Op.Custom("cube", [x], (inputs, keep) =>
    /// {
    ///     keep.Add(inputs[0]);
    ///     return inputs[0] * inputs[0] * inputs[0];
    /// }, (dy, kept) => [dy * kept[0] * kept[0] * 3]);
    /// </code></example>
    public static Tensor Custom(string name, IReadOnlyList<Tensor> inputs, Func<IReadOnlyList<Tensor>, ICollection<Tensor>, Tensor> forward,
        Func<Tensor, IReadOnlyList<Tensor>, IReadOnlyList<Tensor?>> backward)
    {
        Check.That(inputs.Count > 0, name, $"no inputs: expects at least one");
        var engine = inputs[0].Engine;
        var kept = new List<Tensor>();
        Tensor output;
        using (engine.NoGrad())
        {
            output = forward(inputs, kept);
            if (inputs.Any(output.SharesMemory))
                output = engine.DenseCopy(output); // a result of its own, which can be recorded
        }

        return engine.Record(name, output, [.. inputs], [.. kept], pass =>
        {
            GradTarget[] targets = [.. inputs.Select((_, i) => pass.Target(i))];
            using var still = engine.NoGrad();
            using var temporaries = engine.BeginStep();
            var gradients = backward(pass.Dy, kept);
            Check.That(gradients.Count == inputs.Count, name, $"backward gives {gradients.Count} gradients: expects {inputs.Count}, one for each input");
            for (int i = 0; i < targets.Length; i++)
            {
                if (targets[i].Tensor is not { } target)
                    continue;
                if (gradients[i] is not { } gradient)
                {
                    if (!targets[i].Accumulate)
                        engine.Backend.Fill(target, 0);
                    continue;
                }

                Check.That(gradient.Shape == target.Shape, name, $"backward gives {gradient.Shape} for input {i}: expects {target.Shape}");
                engine.Backend.Copy(gradient, target, targets[i].Mode);
            }
        });
    }
}
