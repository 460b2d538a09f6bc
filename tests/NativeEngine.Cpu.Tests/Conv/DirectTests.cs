using NativeEngine.Core;
using NativeEngine.Cpu.Conv;
using NativeEngine.Cpu.Gemm;

namespace NativeEngine.Cpu.Tests.Conv;

/// <summary>The implicit matrix product against plain loops for every shape, also where another algorithm would be chosen.</summary>
[TestFixture]
public unsafe class DirectTests
{
    private const int Seed = 78;
    private const double Tolerance = 2e-6;

    private static IEnumerable<ConvSizes> Cases() => ConvCases.All().Where(s => s.N > 0); // the driver answers empty batches itself

    [TestCaseSource(nameof(Cases))]
    public void Every_pass(ConvSizes s)
    {
        MicroKernels kernels = MicroKernels.Instance;
        using var context = new CpuContext(2, poison: true);
        var plan = new ConvPlan(s);
        var random = new Random(Seed);
        using var x = new Floats((long)s.N * s.H * s.W * s.C, random);
        using var w = new Floats((long)s.K * s.R * s.S * (s.C / s.Groups), random);
        using var bias = new Floats(s.K, random);
        using var dy = new Floats((long)s.N * s.P * s.Q * s.K, random);
        using var y = new Floats(dy.Count);
        string name = $"{s} seed {Seed}";
        DirectConv.Forward(context, kernels, plan, x.Pointer, w.Pointer, y.Pointer, new Epilogue { Bias = bias.Pointer });
        y.AssertEquals(ConvReference.Forward(s, x.ToArray(), w.ToArray(), bias.ToArray()), Tolerance, $"forward {name}");
        foreach (bool accumulate in new[] { false, true })
        {
            using var dx = new Floats(x.Count, accumulate ? random : null);
            double[] expected = ConvReference.BackwardData(s, w.ToArray(), dy.ToArray(), accumulate ? dx.ToArray() : null);
            DirectConv.BackwardData(context, kernels, plan, w.Pointer, dy.Pointer, dx.Pointer, accumulate);
            dx.AssertEquals(expected, Tolerance, $"data {name} accumulate {accumulate}");
            using var dw = new Floats(w.Count, accumulate ? random : null);
            expected = ConvReference.BackwardFilter(s, x.ToArray(), dy.ToArray(), accumulate ? dw.ToArray() : null);
            DirectConv.BackwardFilter(context, kernels, plan, x.Pointer, dy.Pointer, dw.Pointer, accumulate);
            dw.AssertEquals(expected, Tolerance, $"filter {name} accumulate {accumulate}");
        }
    }
}
