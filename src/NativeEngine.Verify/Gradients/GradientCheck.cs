using NativeEngine.Core;

namespace NativeEngine.Verify;

/// <summary>Checks the gradients of a function that somebody wrote: in double by differences, and on a device against that.</summary>
public static class GradientCheck
{
    /// <summary>
    /// In double precision on the reference: with L = Σ dy·y for a random dy, (L(x + h·v) - L(x - h·v)) / 2h must be Σ dx·v. On a device, where one is given:
    /// the value and all gradients, twice with accumulation, must be the reference's within what a chain of float32 operations may lose.
    /// </summary>
    /// <param name="function">From its inputs to its output, in operations of tensors. It must not have a kink near the inputs.</param>
    /// <param name="inputs">Shapes of the inputs; their values are drawn from the normal distribution, the same on every run.</param>
    /// <param name="device">Also checked; null checks in double alone.</param>
    /// <returns>A comparison for each input, and for each value on the device.</returns>
    /// <example><code>
    /// foreach (var result in GradientCheck.Run(x => Swish(x[0]), [[4, 3]], engine))
    ///     Console.WriteLine(result.Passed ? $"pass {result.Name}" : $"FAIL {result.Name}{result.Worst}: {result.Detail}");
    /// </code></example>
    public static IReadOnlyList<Comparison> Run(Func<IReadOnlyList<Tensor>, Tensor> function, IReadOnlyList<Shape> inputs, Engine? device = null) =>
        Run(function, [.. inputs.Select((shape, i) => CaseInput.Normal($"input{i}", shape))], device);

    /// <summary>The same on inputs that are drawn otherwise: positive ones, ones without ties, ids.</summary>
    /// <param name="function">From its inputs to its output.</param>
    /// <param name="inputs">The inputs.</param>
    /// <param name="device">Also checked; null checks in double alone.</param>
    public static IReadOnlyList<Comparison> Run(Func<IReadOnlyList<Tensor>, Tensor> function, IReadOnlyList<CaseInput> inputs, Engine? device = null)
    {
        var op = new OpCase("function", "of one's own", Tolerances.Conv, inputs, (_, tensors) => [function(tensors)]);
        using var reference = new Engine(new ReferenceBackend());
        List<Comparison> results = [.. FiniteDifference.Check(reference, op)];
        if (device is not null)
        {
            string where = $" on {device.Backend.Name} against the reference";
            results.AddRange(OpRunner.Compare(op, OpRunner.Run(reference, op), OpRunner.Run(device, op)).Select(c => c with { Name = c.Name + where }));
        }

        return results;
    }
}
