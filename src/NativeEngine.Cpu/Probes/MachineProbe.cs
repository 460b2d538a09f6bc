using System.Diagnostics;
using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Memory;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Probes;

/// <summary>What the machine can do at this moment, so that measured speeds can be read as a share of it.</summary>
public static unsafe class MachineProbe
{
    private const int Rounds = 60_000, Sums = 12, Tries = 3;

    /// <summary>Floating-point operations per second, in 10⁹, of multiply-adds in registers on all threads: the best of a few short tries.</summary>
    public static double PeakGflops(CpuContext context)
    {
        double best = 0;
        for (int i = 0; i <= Tries; i++)
        {
            long start = Stopwatch.GetTimestamp();
            context.Pool.Run(context.Threads, new Widest<Burn>(default));
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (i > 0) best = Math.Max(best, 2.0 * Sums * Rounds * MicroKernels.Instance.Width * context.Threads / seconds / 1e9);
        }
        return best;
    }

    /// <summary>Bytes read plus written per second, in 10⁹, of copying <paramref name="bytes"/> on all threads: the median of a few tries.</summary>
    public static double CopyBandwidth(CpuContext context, long bytes = 256L << 20)
    {
        NativeBlock source = context.Memory.Rent(bytes), target = context.Memory.Rent(bytes);
        try
        {
            Partition parts = Partition.Of(bytes / sizeof(float), 65536, 16);
            // pages that were never written are all the same page of zeros, which stays in cache
            context.Pool.Run(parts.Chunks, new FillBody(parts, source.Floats));
            var times = new List<double>();
            for (int i = 0; i < 6; i++)
            {
                long start = Stopwatch.GetTimestamp();
                context.Pool.Run(parts.Chunks, new CopyBody(parts, source.Floats, target.Floats));
                if (i > 0) times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds); // the first touches the pages
            }
            times.Sort();
            return 2.0 * bytes / times[times.Count / 2] / 1e9;
        }
        finally
        {
            context.Memory.Return(source);
            context.Memory.Return(target);
        }
    }

    /// <summary>Twelve independent sums: enough to hide the latency of the multiply-add on every current core.</summary>
    private readonly struct Burn : ILaneBody
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke<V>(int chunk, int worker) where V : struct, ILanes<V>
        {
            V x = V.Create(1.0001f), y = V.Create(0.9999f);
            V a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
            for (int n = 0; n < Rounds; n++)
            {
                a = V.MultiplyAdd(a, y, x);
                b = V.MultiplyAdd(b, y, x);
                c = V.MultiplyAdd(c, y, x);
                d = V.MultiplyAdd(d, y, x);
                e = V.MultiplyAdd(e, y, x);
                f = V.MultiplyAdd(f, y, x);
                g = V.MultiplyAdd(g, y, x);
                h = V.MultiplyAdd(h, y, x);
                i = V.MultiplyAdd(i, y, x);
                j = V.MultiplyAdd(j, y, x);
                k = V.MultiplyAdd(k, y, x);
                l = V.MultiplyAdd(l, y, x);
            }
            float* result = stackalloc float[16];
            V.Store(a + b + c + d + e + f + g + h + i + j + k + l, result);
            if (float.IsNegative(result[0])) throw new InvalidOperationException("The sums of positive numbers are positive."); // keeps the loop alive
        }
    }

    private readonly struct FillBody(Partition parts, float* target) : IChunkBody
    {
        public void Invoke(int chunk, int worker) => new Span<float>(target + parts.Start(chunk), (int)(parts.End(chunk) - parts.Start(chunk))).Fill(1);
    }

    private readonly struct CopyBody(Partition parts, float* source, float* target) : IChunkBody
    {
        public void Invoke(int chunk, int worker) =>
            VectorCopy.Copy(target + parts.Start(chunk), source + parts.Start(chunk), (nint)(parts.End(chunk) - parts.Start(chunk)));
    }
}
