using NativeEngine.Core;

namespace NativeEngine.Cli.Bench;

/// <summary>Single operations in the shapes that training uses, each with the arithmetic or the memory traffic that it cannot avoid.</summary>
internal sealed partial class OpsBench(Engine engine)
{
    private readonly IBackend _backend = engine.Backend;
    private readonly Random _random = new(1);

    /// <summary>One operation: <paramref name="Flops"/> is 0 for those that move memory, <paramref name="Bytes"/> for those that compute.</summary>
    internal sealed record Case(string Name, double Flops, double Bytes, Func<Action> Prepare);

    /// <summary>Everything that can be timed.</summary>
    public IEnumerable<Case> Cases()
    {
        foreach ((string kind, int m, int n, int k) in Gemms) yield return Gemm(kind, m, n, k);
        foreach (ConvSizes s in Convolutions())
        {
            string name = $"conv {s.N}x{s.H}x{s.W}x{s.C}->{s.K} k{s.R}s{s.StrideH}{(s.Groups > 1 ? $"g{s.Groups}" : "")}";
            ConvSizes sizes = s;
            yield return new Case($"{name} fwd", 2.0 * s.Macs, 0, () =>
            {
                Tensor x = Random(sizes.Input), w = Random(sizes.Filter), y = engine.Empty(sizes.Output);
                return () => _backend.ConvForward(sizes, x, w, null, y);
            });
            yield return new Case($"{name} bwd-data", 2.0 * s.Macs, 0, () =>
            {
                Tensor w = Random(sizes.Filter), dy = Random(sizes.Output), dx = engine.Empty(sizes.Input);
                return () => _backend.ConvBackwardData(sizes, w, dy, new GradTarget(dx, GradMode.Overwrite));
            });
            yield return new Case($"{name} bwd-filter", 2.0 * s.Macs, 0, () =>
            {
                Tensor x = Random(sizes.Input), dy = Random(sizes.Output), dw = engine.Empty(sizes.Filter);
                return () => _backend.ConvBackwardFilter(sizes, x, dy, new GradTarget(dw, GradMode.Overwrite));
            });
        }
        foreach ((int pixels, int channels) in new[] { (65536, 64), (16384, 128), (401_408, 64) })
        {
            foreach (Case norm in BatchNorm(pixels, channels)) yield return norm;
        }
        foreach (Case simple in Simple()) yield return simple;
        foreach (Case update in Updates()) yield return update;
        foreach (Case loss in Losses()) yield return loss;
        foreach (Case block in InvertedResiduals()) yield return block;
    }

    private static readonly (string Kind, int M, int N, int K)[] Gemms =
    [
        ("nn", 512, 512, 512), ("nn", 1024, 1024, 1024), ("nn", 2048, 2048, 2048), ("nn", 65536, 64, 576), ("nn", 16384, 128, 1152), ("nn", 4096, 256, 2304),
            ("nn", 1024, 512, 4608),
        ("tn", 576, 64, 65536), ("tn", 1152, 128, 16384), ("tn", 2304, 256, 4096), ("nt", 65536, 576, 64), ("nt", 4096, 2304, 256), ("nt", 512, 512, 512),
    ];

    private static IEnumerable<ConvSizes> Convolutions()
    {
        static ConvSizes Conv(int n, int side, int c, int k, int window, int stride, int groups = 1) =>
            ConvSizes.Create([n, c, side, side], [k, c / groups, window, window], (stride, stride), (window / 2, window / 2), (1, 1), groups);
        yield return Conv(64, 32, 3, 64, 3, 1);
        yield return Conv(64, 32, 64, 64, 3, 1);
        yield return Conv(64, 16, 128, 128, 3, 1);
        yield return Conv(64, 8, 256, 256, 3, 1);
        yield return Conv(64, 4, 512, 512, 3, 1);
        yield return Conv(64, 32, 64, 128, 3, 2);
        yield return Conv(64, 32, 64, 128, 1, 2);
        yield return Conv(8, 224, 3, 64, 7, 2);
        yield return Conv(8, 56, 64, 256, 1, 1);
        yield return Conv(16, 32, 160, 160, 3, 1);
        yield return Conv(128, 28, 1, 6, 5, 1);
        yield return Conv(8, 112, 96, 96, 3, 2, 96);
        yield return Conv(8, 14, 480, 480, 5, 1, 480);
    }

    private Case Gemm(string kind, int m, int n, int k) => new($"gemm {kind} {m}x{n}x{k}", 2.0 * m * n * k, 0, () =>
    {
        bool ta = kind[0] == 't', tb = kind[1] == 't';
        Tensor a = Random(ta ? [k, m] : [m, k]), b = Random(tb ? [n, k] : [k, n]), c = engine.Empty([m, n]);
        GemmSizes s = GemmSizes.Single(m, n, k, ta, tb);
        return () => _backend.Gemm(s, a, b, null, new GradTarget(c, GradMode.Overwrite));
    });

    /// <summary>Unavoidable traffic: forward reads x twice and writes y; backward with ReLU reads x, y, dy twice and writes dx.</summary>
    private IEnumerable<Case> BatchNorm(int pixels, int channels)
    {
        double bytes = 4.0 * pixels * channels;
        var s = new BatchNormSizes(pixels, channels, 1e-5, 0.1, true, true);
        yield return new Case($"batch_norm+relu {pixels}x{channels} fwd", 0, 3 * bytes, () =>
        {
            Tensor x = Random([pixels, channels]), w = Random([channels]), b = Random([channels]), rm = Random([channels]), rv = Random([channels]);
            Tensor y = engine.Empty([pixels, channels]), mean = engine.Empty([channels]), inv = engine.Empty([channels]);
            return () => _backend.BatchNormForward(s, x, null, w, b, rm, rv, y, mean, inv);
        });
        yield return new Case($"batch_norm+relu {pixels}x{channels} bwd", 0, 7 * bytes, () =>
        {
            Tensor x = Random([pixels, channels]), y = Random([pixels, channels]), dy = Random([pixels, channels]), w = Random([channels]),
                mean = Random([channels]), inv = Random([channels]);
            GradTarget dx = Target([pixels, channels]), dw = Target([channels]), db = Target([channels]);
            return () => _backend.BatchNormBackward(s, x, y, dy, w, mean, inv, dx, GradTarget.None, dw, db);
        });
    }

    private IEnumerable<Case> Simple()
    {
        const int Count = 16 << 20;
        yield return new Case("relu 16M fwd", 0, 8.0 * Count, () =>
        {
            Tensor x = Random([Count]), y = engine.Empty([Count]);
            return () => _backend.Unary(UnaryOp.Relu, default, x, y);
        });
        yield return new Case("relu 16M bwd", 0, 12.0 * Count, () =>
        {
            Tensor y = Random([Count]), dy = Random([Count]);
            GradTarget dx = Target([Count]);
            return () => _backend.UnaryBackward(UnaryOp.Relu, default, y, dy, dx);
        });
        yield return new Case("add 16M", 0, 12.0 * Count, () =>
        {
            Tensor a = Random([Count]), b = Random([Count]), y = engine.Empty([Count]);
            return () => _backend.Binary(BinaryOp.Add, a, b, y);
        });
        PoolSizes pool = PoolSizes.Create("max_pool2d", PoolMode.Max, [8, 64, 112, 112], (3, 3), (2, 2), (1, 1), false, true);
        yield return new Case("max_pool2d 3s2 8x112x112x64 fwd", 0, 4.0 * (pool.Input.Count + pool.Output.Count), () =>
        {
            Tensor x = Random(pool.Input), y = engine.Empty(pool.Output);
            return () => _backend.PoolForward(pool, x, y);
        });
        yield return new Case("max_pool2d 3s2 8x112x112x64 bwd", 0, 4.0 * (2 * pool.Input.Count + 2 * pool.Output.Count), () =>
        {
            Tensor x = Random(pool.Input), y = engine.Empty(pool.Output), dy = Random(pool.Output);
            GradTarget dx = Target(pool.Input);
            _backend.PoolForward(pool, x, y);
            return () => _backend.PoolBackward(pool, x, y, dy, dx);
        });
    }

    private GradTarget Target(Shape shape) => new(engine.Empty(shape), GradMode.Overwrite);

    private Tensor Random(Shape shape)
    {
        float[] values = new float[shape.Count];
        for (int i = 0; i < values.Length; i++) values[i] = _random.NextSingle() - 0.5f;
        return engine.From(values, shape);
    }
}
