namespace NativeEngine.Cuda.Kernels.Checks;

internal static class MemoryChecks
{
    public static IEnumerable<KernelCheck> All =>
    [
        new(MemoryKernels.FillStrided8, run => Fill<byte, int>(run, MemoryKernels.FillStrided8, 0x7B, 0x7B)),
        new(MemoryKernels.FillStrided32, run => Fill<uint, uint>(run, MemoryKernels.FillStrided32, 0x3F800000, 0x3F800000)),
        new(MemoryKernels.FillStrided64, run => Fill<long, long>(run, MemoryKernels.FillStrided64, -3_000_000_000, -3_000_000_000)),
        new(MemoryKernels.CopyStrided8, run => Copy(run, MemoryKernels.CopyStrided8, i => (byte)(i * 7))),
        new(MemoryKernels.CopyStrided32, run => Copy(run, MemoryKernels.CopyStrided32, i => (uint)i * 2654435761u)),
        new(MemoryKernels.CopyStrided64, run => Copy(run, MemoryKernels.CopyStrided64, i => i * 6364136223846793005L)),
        new(MemoryKernels.ScaleStrided, ScaleStrided),
        new(MemoryKernels.Scale, Scale),
        new(MemoryKernels.CastFloatToInt32, run => Cast(run, MemoryKernels.CastFloatToInt32, Real, v => (int)v)),
        new(MemoryKernels.CastFloatToInt64, run => Cast(run, MemoryKernels.CastFloatToInt64, r => Real(r) * 1e6f, v => (long)v)),
        new(MemoryKernels.CastFloatToByte, run => Cast(run, MemoryKernels.CastFloatToByte, r => r.Between(0, 255.9f), v => (byte)v)),
        new(MemoryKernels.CastInt32ToFloat, run => Cast(run, MemoryKernels.CastInt32ToFloat, Whole, v => (float)v)),
        new(MemoryKernels.CastInt32ToInt64, run => Cast(run, MemoryKernels.CastInt32ToInt64, Whole, v => (long)v)),
        new(MemoryKernels.CastInt32ToByte, run => Cast(run, MemoryKernels.CastInt32ToByte, Whole, v => (byte)v)),
        new(MemoryKernels.CastInt64ToFloat, run => Cast(run, MemoryKernels.CastInt64ToFloat, Long, v => (float)v)),
        new(MemoryKernels.CastInt64ToInt32, run => Cast(run, MemoryKernels.CastInt64ToInt32, Long, v => (int)v)),
        new(MemoryKernels.CastInt64ToByte, run => Cast(run, MemoryKernels.CastInt64ToByte, Long, v => (byte)v)),
        new(MemoryKernels.CastByteToFloat, run => Cast(run, MemoryKernels.CastByteToFloat, r => (byte)r.Below(256), v => (float)v)),
        new(MemoryKernels.CastByteToInt32, run => Cast(run, MemoryKernels.CastByteToInt32, r => (byte)r.Below(256), v => (int)v)),
        new(MemoryKernels.CastByteToInt64, run => Cast(run, MemoryKernels.CastByteToInt64, r => (byte)r.Below(256), v => (long)v)),
        new(MemoryKernels.GatherRows8, run => Gather(run, MemoryKernels.GatherRows8, i => (byte)(i * 7 + 1), (byte)0xFF)),
        new(MemoryKernels.GatherRows32, run => Gather(run, MemoryKernels.GatherRows32, i => (uint)i * 2654435761u, uint.MaxValue)),
        new(MemoryKernels.GatherRows64, run => Gather(run, MemoryKernels.GatherRows64, i => i * 6364136223846793005L, -1L)),
        new(MemoryKernels.GatherRowsBackward, GatherBackward),
        new(MemoryKernels.ImageBatch, ImageBatch),
    ];

    private static float Real(CheckRandom random) => random.Between(-1000, 1000);

    private static int Whole(CheckRandom random) => random.Below(int.MaxValue) - 1_000_000_000;

    private static long Long(CheckRandom random) => (long)Whole(random) * 40503;

    // A source and a target view of the same extents inside larger buffers: transposed, with gaps, repeated.
    private static readonly (int[] Extents, long[] From, long[] To)[] Views =
    [
        ([1], [1], [1]),
        ([7, 40], [40, 1], [1, 7]),
        ([3, 5, 9], [0, 9, 1], [64, 10, 1]),
        ([2, 2, 3, 2, 2, 2], [48, 24, 8, 4, 2, 1], [1, 2, 4, 12, 24, 48]),
        ([0, 4], [4, 1], [4, 1]),
    ];

    private static int Reach(int[] extents, long[] strides) => extents.Contains(0) ? 1 : (int)extents.Zip(strides, (e, s) => (e - 1) * s).Sum() + 1;

    private static IEnumerable<(StridedView View, int From, int To)> Cases(KernelCheckRun run)
    {
        foreach (var (extents, from, to) in Views)
        {
            run.Begin($"[{string.Join(',', extents)}] from strides [{string.Join(',', from)}] to [{string.Join(',', to)}]");
            yield return (new(extents, from, to, new long[extents.Length]), Reach(extents, from), Reach(extents, to));
        }
    }

    private static void Fill<T, TValue>(KernelCheckRun run, Kernel<MemoryKernels.FillStrided<T, TValue>> kernel, TValue value, T expected)
        where T : unmanaged, IEquatable<T>
        where TValue : unmanaged
    {
        foreach (var (view, _, to) in Cases(run))
        {
            var want = new T[to];
            var y = run.InOut("y", want);
            for (long i = 0; i < view.Count; i++)
                want[view.At(view.B, i)] = expected;
            run.Launch(kernel, LaunchShape.Elements(view.Count), new(y, KernelWalk.Create(view.Extents, view.B), view.Count, value));
            run.ExpectExactly(y, want);
        }
    }

    private static void Copy<T>(KernelCheckRun run, Kernel<MemoryKernels.CopyStrided<T>> kernel, Func<int, T> element) where T : unmanaged, IEquatable<T>
    {
        foreach (var (view, from, to) in Cases(run))
        {
            T[] x = [.. Enumerable.Range(1, from).Select(element)], want = new T[to];
            var y = run.InOut("y", want);
            for (long i = 0; i < view.Count; i++)
                want[view.At(view.B, i)] = x[view.At(view.A, i)];
            run.Launch(kernel, LaunchShape.Elements(view.Count), new(run.Input("x", x), y, view.Walk(), view.Count));
            run.ExpectExactly(y, want);
        }
    }

    private static void ScaleStrided(KernelCheckRun run)
    {
        foreach (bool accumulate in (bool[])[false, true])
        {
            foreach (var (view, from, to) in Cases(run))
            {
                float[] x = run.Random.Floats(from), before = run.Random.Floats(to);
                var y = run.InOut("y", before);
                double[] expected = [.. before.Select(v => (double)v)];
                for (long i = 0; i < view.Count; i++)
                    expected[view.At(view.B, i)] = -1.5 * x[view.At(view.A, i)] + (accumulate ? before[view.At(view.B, i)] : 0);
                run.Launch(MemoryKernels.ScaleStrided, LaunchShape.Elements(view.Count),
                    new(run.Input("x", x), y, view.Walk(), view.Count, -1.5f, accumulate ? 1 : 0));
                run.Expect(y, expected, 2, 2);
            }
        }
    }

    private static void Scale(KernelCheckRun run)
    {
        foreach (var (count, misalign) in ((int, bool)[])[(1, false), (6, false), (1025, false), (131, true)])
        {
            foreach (bool accumulate in (bool[])[false, true])
            {
                run.Begin($"{count} elements{(accumulate ? ", accumulate" : "")}", misalign);
                float[] x = run.Random.Floats(count), before = run.Random.Floats(count);
                var y = run.Target("y", before, accumulate);
                run.Launch(MemoryKernels.Scale, LaunchShape.Elements(count, 4), new(run.Input("x", x), y, count, 0.3f, accumulate ? 1 : 0));
                run.Expect(y, [.. x.Select((v, i) => 0.3f * (double)v + (accumulate ? before[i] : 0))], 2, accumulate ? 2 : 0);
            }
        }
    }

    private static void Cast<TFrom,
        TTo>(KernelCheckRun run, Kernel<MemoryKernels.CastArguments<TFrom, TTo>> kernel, Func<CheckRandom, TFrom> next, Func<TFrom, TTo> convert)
        where TFrom : unmanaged
        where TTo : unmanaged, IEquatable<TTo>
    {
        foreach (int count in (int[])[1, 700])
        {
            run.Begin($"{count} elements");
            TFrom[] x = [.. Enumerable.Range(0, count).Select(_ => next(run.Random))];
            var y = run.Output<TTo>("y", count);
            run.Launch(kernel, LaunchShape.Elements(count), new(run.Input("x", x), y, count));
            run.ExpectExactly(y, [.. x.Select(convert)]);
        }
    }

    private static void Gather<T>(KernelCheckRun run, Kernel<MemoryKernels.GatherRows<T>> kernel, Func<int, T> element, T outside)
        where T : unmanaged, IEquatable<T>
    {
        foreach (var (rows, n, width) in ((int, int, int)[])[(1, 1, 1), (5, 9, 3), (4, 2, 300)])
        {
            run.Begin($"{n} of {rows} rows of {width}");
            T[] x = [.. Enumerable.Range(1, rows * width).Select(element)];
            var index = run.Random.Integers(n, rows);
            if (n > 5)
                (index[1], index[4]) = (-1, rows); // no such rows
            var y = run.Output<T>("y", (long)n * width);
            run.Launch(kernel, LaunchShape.Elements((long)n * width), new(run.Input("x", x), run.Input("index", index), y, rows, n, width));
            run.ExpectExactly(y, [.. Enumerable.Range(0, n * width)
                .Select(i => index[i / width] is var r && r >= 0 && r < rows ? x[r * width + i % width] : outside)]);
        }
    }

    private static void GatherBackward(KernelCheckRun run)
    {
        foreach (var (rows, n, width) in ((int, int, int)[])[(1, 1, 1), (1, 40, 3), (5, 17, 3), (300, 290, 2), (4, 3, 300)])
        {
            run.Begin($"{n} into {rows} rows of {width}");
            var index = run.Random.Integers(n, rows);
            if (n > 5)
                index[3] = rows;
            float[] dy = run.Random.Floats((long)n * width), before = run.Random.Floats((long)rows * width);
            var dx = run.InOut("dx", before);
            run.Launch(MemoryKernels.GatherRowsBackward, LaunchShape.Rows(n, Math.Max(n, width)),
                new(run.Input("index", index), run.Input("dy", dy), dx, rows, n, width));
            double[] expected = [.. before.Select(v => (double)v)];
            for (int i = 0; i < n * width; i++)
            {
                if (index[i / width] < rows)
                    expected[index[i / width] * width + i % width] += dy[i];
            }

            run.Expect(dx, expected, n + 1, 2);
        }
    }

    private static void ImageBatch(KernelCheckRun run)
    {
        foreach (var (n, c, h, w, oh, ow) in ((int, int, int, int, int, int)[])[(1, 1, 1, 1, 1, 1), (3, 3, 8, 7, 8, 7), (2, 1, 5, 6, 9, 4),
                (2, 3, 12, 12, 7, 8)])
        {
            run.Begin($"{n} images {c}x{h}x{w} to {oh}x{ow}");
            byte[] pixels = [.. run.Random.Integers((long)n * c * h * w, 256).Select(v => (byte)v)];
            int[] place = [.. Enumerable.Range(0, n * 3).Select(i => i % 3 == 2 ? i / 3 % 2 : run.Random.Below(5) - 2)];
            float[] mean = run.Random.Floats(c, 0.2f, 0.6f), std = run.Random.Floats(c, 0.1f, 0.4f);
            var y = run.Output<float>("y", (long)n * oh * ow * c);
            run.Launch(MemoryKernels.ImageBatch, LaunchShape.Elements((long)n * oh * ow * c),
                new(run.Input("pixels", pixels), run.Input("place", place), run.Input("mean", mean), run.Input("std", std), y,
                    new(n, c, h, w, oh, ow, -0.75f)));
            var expected = new double[n * oh * ow * c];
            for (int i = 0; i < expected.Length; i++)
            {
                int channel = i % c, column = i / c % ow, row = i / c / ow % oh, image = i / c / ow / oh;
                bool flip = place[image * 3 + 2] != 0;
                int from = row + place[image * 3] - (oh - h) / 2, across = (flip ? ow - 1 - column : column) + place[image * 3 + 1] - (ow - w) / 2;
                bool inside = from >= 0 && from < h && across >= 0 && across < w;
                expected[i] = inside ? (pixels[((image * h + from) * w + across) * c + channel] / 255.0 - mean[channel]) / std[channel] : -0.75;
            }

            run.Expect(y, expected, 4, 10);
        }
    }
}
