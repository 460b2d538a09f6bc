using NativeEngine.Core;
using NativeEngine.Verify;

namespace NativeEngine.Cpu.Tests.Families;

/// <summary>The CPU backend and the double reference side by side, fed with the same seeded numbers.</summary>
internal sealed class Pair : IDisposable
{
    public Engine Cpu { get; } = new(new CpuBackend(new CpuOptions { Threads = 2, Poison = true }));

    public Engine Reference { get; } = new(new ReferenceBackend());

    /// <summary>Numbers in [-4, 4), a few of them exactly 0.</summary>
    public static float[] Numbers(uint stream, long count)
    {
        var key = new PhiloxKey(20261122, RandomStream.Synthetic + stream, 0);
        var values = new float[count];
        for (int i = 0; i < values.Length; i++)
            values[i] = Philox.Below(key, (ulong)i * 2, 20) == 0 ? 0 : Philox.Uniform(key, (ulong)i * 2 + 1) * 8 - 4;
        return values;
    }

    /// <summary>Runs the same computation on both and compares all results: |got - expected| ≤ tolerance·max(1, largest |expected|).</summary>
    public void Check(string what, double tolerance, Func<Engine, Tensor[]> compute)
    {
        double[][] Values(Engine engine)
        {
            using var step = engine.BeginStep();
            return [.. compute(engine).Select(t => t.ToArray<double>())];
        }

        double[][] expected = Values(Reference), got = Values(Cpu);
        for (int t = 0; t < expected.Length; t++)
        {
            Assert.That(got[t], Has.Length.EqualTo(expected[t].Length), what);
            double allowed = tolerance * expected[t].Where(double.IsFinite).Select(Math.Abs).Append(1).Max();
            for (int i = 0; i < expected[t].Length; i++)
            {
                double e = expected[t][i], g = got[t][i];
                if (!(Math.Abs(g - e) <= allowed) && !(double.IsNaN(e) && double.IsNaN(g)) && e != g)
                    Assert.Fail($"{what}: result {t}, element {i} is {g}, expected {e}");
            }
        }
    }

    public void Dispose()
    {
        Cpu.Dispose();
        Reference.Dispose();
    }
}
