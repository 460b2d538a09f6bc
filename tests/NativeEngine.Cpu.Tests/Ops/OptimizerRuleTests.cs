using NativeEngine.Core;
using NativeEngine.Verify;

namespace NativeEngine.Cpu.Tests.Ops;

/// <summary>The update rules beyond SGD and Adam, against the double reference, with the same bits for any number of threads.</summary>
public sealed class OptimizerRuleTests
{
    private static IEnumerable<OpCase> Cases => OpCatalogue.FurtherOptimizers;

    [TestCaseSource(nameof(Cases))]
    public void Equals_reference(OpCase op)
    {
        using var reference = new Engine(new ReferenceBackend());
        var expected = OpRunner.Run(reference, op);
        long[]? first = null;
        foreach (int threads in new[] { 1, 2, 3 })
        {
            using var engine = new Engine(new CpuBackend(new CpuOptions { Threads = threads, Poison = true }));
            var got = OpRunner.Run(engine, op);
            var failures = OpRunner.Compare(op, expected, got).Where(c => !c.Passed).ToList();
            Assert.That(failures.Select(c => $"{c.Name}{c.Worst}: {c.Detail}, error {c.MaxError:0.0e+00}"), Is.Empty);
            long[] bits = [.. got.Tensors.SelectMany(t => t.Values).Select(BitConverter.DoubleToInt64Bits)];
            Assert.That(bits, Is.EqualTo(first ??= bits), $"{threads} threads");
        }
    }
}
