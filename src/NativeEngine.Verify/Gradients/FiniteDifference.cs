using NativeEngine.Core;

namespace NativeEngine.Verify;

/// <summary>
/// Checks gradients against central differences: with L = Σ dy·y, (L(x + h·v) - L(x - h·v)) / 2h must be Σ dx·v, for single
/// coordinates v and for random directions over all elements of an input.
/// </summary>
public static class FiniteDifference
{
    /// <summary>Coordinates tried per input; smaller inputs are tried completely.</summary>
    private const int Coordinates = 12;

    /// <summary>Random directions tried per input.</summary>
    private const int Directions = 2;

    /// <summary>Compares every gradient of <paramref name="op"/> on <paramref name="engine"/> with differences of its own outputs.</summary>
    /// <param name="engine">The device; double precision allows far smaller steps.</param>
    /// <param name="op">A case without ties and kinks.</param>
    public static IEnumerable<Comparison> Check(Engine engine, OpCase op)
    {
        bool precise = engine.Backend.FloatType == DType.Float64;
        double h = precise ? 1e-5 : 4e-3;
        var tolerance = precise ? Tolerances.FiniteDifference : Tolerances.FloatFiniteDifference;
        var analytic = OpRunner.Run(engine, op, passes: 1).Tensors.Where(t => t.Name.StartsWith("grad.", StringComparison.Ordinal)).ToDictionary(t => t.Name);
        var values = op.Inputs.Select(i => i.Draw(op.Name)).ToArray();
        for (int i = 0; i < values.Length; i++)
        {
            if (!op.Inputs[i].Gradient || values[i].Length == 0 || !analytic.TryGetValue($"grad.{op.Inputs[i].Name}", out var gradient))
                continue;
            var probes = Probes(CaseInput.Key($"{op.Name}/{op.Inputs[i].Name}/probe"), values[i].Length).ToArray();
            double[] expected = Array.ConvertAll(probes, v => Dot(gradient.Values, v));
            double[] got = Array.ConvertAll(probes, v => (Loss(engine, op, Moved(values, i, v, h)) - Loss(engine, op, Moved(values, i, v, -h))) / (2 * h));
            yield return Comparison.Of($"{gradient.Name} by differences", [probes.Length], expected, got, tolerance);
        }
    }

    private static IEnumerable<double[]> Probes(PhiloxKey key, int length)
    {
        foreach (int at in Philox.Permutation(key, length).Take(Coordinates))
        {
            var unit = new double[length];
            unit[at] = 1;
            yield return unit;
        }

        for (uint d = 0; d < Directions; d++)
        {
            var direction = new double[length];
            for (int i = 0; i < length; i++)
                direction[i] = Philox.Below(key with { Seed = d }, (ulong)i, 2) == 0 ? -1 : 1;
            yield return direction;
        }
    }

    private static double Loss(Engine engine, OpCase op, IReadOnlyList<double[]> values)
    {
        using var step = engine.BeginStep();
        // Recorded, because only a recorded output says that it is the differentiable one; the step throws the tape away.
        var output = OpRunner.Differentiable(op.Run(engine, OpRunner.MakeInputs(engine, op, values)))!;
        var upstream = OpRunner.Upstream(engine, op, output.Shape, pass: 0);
        return Dot(output.ToArray<double>(), upstream.ToArray<double>());
    }

    private static double[][] Moved(double[][] values, int which, double[] direction, double step)
    {
        var result = values.ToArray();
        result[which] = values[which].Select((v, i) => v + step * direction[i]).ToArray();
        return result;
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
