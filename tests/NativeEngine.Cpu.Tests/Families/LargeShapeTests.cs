using NativeEngine.Core;

namespace NativeEngine.Cpu.Tests.Families;

/// <summary>Arrays large enough to be cut in chunks: right against the reference, and the same bits for 1, 2 and 3 threads.</summary>
public sealed class LargeShapeTests
{
    private static readonly Dictionary<string, Func<Engine, Tensor[]>> Computations = new()
    {
        ["map"] = e => WithGradient(Random(e, 1, 300, 701), x => x.Gelu()),
        ["broadcast row"] = e => WithGradient(Random(e, 1, 3000, 70), x => x * Random(e, 2, 70)),
        ["broadcast channel"] = e => WithGradients(Random(e, 1, 4, 37, 33, 31), Random(e, 2, 37, 1, 1), (x, b) => x * b),
        ["broadcast column"] = e => WithGradients(Random(e, 1, 700, 301), Random(e, 2, 700, 1), (x, b) => x / (b.Abs() + 1)),
        ["transpose image"] = e => WithGradient(Random(e, 1, 3, 67, 70, 41), x => x.Flatten() * 2),
        ["transpose few channels"] = e => WithGradient(Random(e, 1, 3, 3, 129, 130), x => x.Flatten() * 2),
        ["transpose matrix"] = e => WithGradient(Random(e, 1, 401, 259), x => x.Permute(1, 0).Contiguous() * 3),
        ["permute five"] = e => WithGradient(Random(e, 1, 5, 9, 17, 3, 50), x => x.Permute(4, 1, 3, 0, 2).Contiguous() * 3),
        ["concat and pad"] = e => WithGradient(Random(e, 1, 4, 30, 32, 31), x => NativeEngine.Core.Memory.Concat(1, x, x).Pad([1, 2, 3, 4])),
        ["sum all"] = e => WithGradient(Random(e, 1, 301, 1003), x => x.Sum()),
        ["sum rows"] = e => WithGradient(Random(e, 1, 5, 70001), x => x.Sum([1])),
        ["sum columns"] = e => WithGradient(Random(e, 1, 7001, 45), x => x.Sum([0])),
        ["mean of pixels"] = e => WithGradient(Random(e, 1, 6, 40, 31, 33), x => x.Mean([2, 3])),
        ["max of images"] = e => WithGradient(Random(e, 1, 6, 40, 31, 33), x => x.Max([0, 1])),
        ["gather"] = e => WithGradient(Random(e, 1, 501, 120), x => x.GatherRows(Ids(e, 3, 2000, 501))),
        ["top 3"] = e => WithGradient(Random(e, 1, 900, 77), x => x.TopK(3).Values),
        ["top 70"] = e => WithGradient(Random(e, 1, 90, 477), x => x.TopK(70).Values),
        ["cross entropy"] = e => WithGradient(Random(e, 1, 2000, 101), x => x.CrossEntropy(Ids(e, 4, 2000, 101), null, 0.1)),
        ["element loss"] = e => WithGradient(Random(e, 1, 300, 1001), x => x.BceWithLogits(Random(e, 2, 300, 1001).Sigmoid())),
        ["dropout"] = e => WithGradient(Random(e, 1, 100, 1003), x => x.Dropout(0.3, new PhiloxKey(7, RandomStream.Dropout, 5))),
        ["gradient norm"] = e => [Optim.GradNorm(e, [Random(e, 1, 100_003), Random(e, 2, 17), Random(e, 3, 40_000)])],
    };

    private static IEnumerable<string> Names => Computations.Keys;

    [TestCaseSource(nameof(Names))]
    public void Equals_reference(string name)
    {
        using var pair = new Pair();
        pair.Check(name, 1e-5, Computations[name]);
    }

    [TestCaseSource(nameof(Names))]
    public void Any_number_of_threads_gives_the_same_bits(string name)
    {
        int[][]? first = null;
        foreach (int threads in new[] { 1, 2, 3 })
        {
            using var engine = new Engine(new CpuBackend(new CpuOptions { Threads = threads }));
            using var step = engine.BeginStep();
            int[][] bits = [.. Computations[name](engine).Select(t => Array.ConvertAll(t.ToArray<float>(), BitConverter.SingleToInt32Bits))];
            first ??= bits;
            for (int i = 0; i < bits.Length; i++)
                Assert.That(bits[i].AsSpan().SequenceEqual(first[i]), $"{threads} threads, result {i}");
        }
    }

    [Test]
    public void Dropout_draws_the_numbers_of_the_stream()
    {
        using var engine = new Engine(new CpuBackend());
        using var step = engine.BeginStep();
        var key = new PhiloxKey(0x1234_5678_9ABC_DEF0, RandomStream.Dropout + 3, 77);
        const int count = 70_003;
        var y = engine.Full([count], 1).Dropout(0.25, key).ToArray<float>();
        for (int i = 0; i < count; i++)
            Assert.That(y[i], Is.EqualTo(Philox.Uniform(key, (ulong)i) >= 0.25 ? 1 / 0.75f : 0), $"element {i}");
    }

    /// <summary>Squares of such numbers are 0 in single precision.</summary>
    [TestCase(1e-30f)]
    [TestCase(1e-40f)]
    public void The_norm_of_tiny_gradients_is_not_lost(float value)
    {
        using var engine = new Engine(new CpuBackend());
        using var step = engine.BeginStep();
        Assert.That(Optim.GradNorm(engine, [engine.Full([2500], value)]).ToArray<double>(), Is.EqualTo(new[] { 50.0 * value, 0 }).Within(1e-5).Percent);
    }

    private static Tensor Random(Engine e, uint stream, params int[] shape) => e.From(Pair.Numbers(stream, Shape.Create(shape).Count), Shape.Create(shape));

    private static Tensor Ids(Engine e, uint stream, int count, int bound) =>
        e.From(Enumerable.Range(0, count).Select(i => Philox.Below(new PhiloxKey(1, stream, 0), (ulong)i, bound)).ToArray(), [count]);

    private static Tensor[] WithGradient(Tensor x, Func<Tensor, Tensor> compute)
    {
        x.RequiresGrad = true;
        var y = compute(x);
        y.Backward(keepGraph: true);
        return [y, x.Grad!];
    }

    private static Tensor[] WithGradients(Tensor a, Tensor b, Func<Tensor, Tensor, Tensor> compute)
    {
        a.RequiresGrad = b.RequiresGrad = true;
        var y = compute(a, b);
        y.Backward(keepGraph: true);
        return [y, a.Grad!, b.Grad!];
    }
}
