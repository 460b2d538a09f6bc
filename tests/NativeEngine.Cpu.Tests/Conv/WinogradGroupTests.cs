using NativeEngine.Core;
using NativeEngine.Cpu.Gemm;
using NativeEngine.Cpu.Winograd;

namespace NativeEngine.Cpu.Tests.Conv;

/// <summary>The filter gradient gives the same sums whether the tiles go through in one group or in several, and the same bits whoever sums a
/// segment.</summary>
[TestFixture]
public unsafe class WinogradGroupTests
{
    private const int Seed = 31;

    [Test]
    public void Tiles_in_one_group_and_in_several([Values] bool accumulate)
    {
        Check<TileF4>(accumulate, 3e-5);
        Check<TileF2>(accumulate, 2e-6);
        Check<TileF4Stride2>(accumulate, 3e-5, stride: 2);
    }

    /// <summary>Up to as many threads as segments take whole segments, more threads share every group.</summary>
    [Test]
    public void One_to_five_threads_give_the_same_bits([Values(1L, 1L << 20)] long groupFloats)
    {
        SameBits<TileF4>(groupFloats);
        SameBits<TileF2>(groupFloats);
        SameBits<TileF4Stride2>(groupFloats, stride: 2);
    }

    private static void SameBits<TTile>(long groupFloats, int stride = 1) where TTile : struct, IWinogradGradientTile
    {
        ConvSizes s = ConvCases.Make(stride == 1 ? 8 : 24, 9, 21, 22, 35, 3, 3, stride, pad: 1); // 2 to 8 segments
        var random = new Random(Seed);
        using var x = new Floats((long)s.N * s.H * s.W * s.C, random);
        using var dy = new Floats((long)s.N * s.P * s.Q * s.K, random);
        float[]? first = null;
        for (int threads = 1; threads <= 5; threads++)
        {
            using var context = new CpuContext(threads, poison: true);
            using var dw = new Floats((long)s.K * 9 * s.C);
            WinogradFilterGradient<TTile>.Run(context, MicroKernels.Instance, s, x.Pointer, dy.Pointer, dw.Pointer, false, groupFloats);
            first ??= dw.ToArray();
            Assert.That(dw.ToArray(), Is.EqualTo(first), $"{typeof(TTile).Name} group {groupFloats} threads {threads} seed {Seed}");
        }
    }

    private static void Check<TTile>(bool accumulate, double tolerance, int stride = 1) where TTile : struct, IWinogradGradientTile
    {
        ConvSizes s = ConvCases.Make(stride == 1 ? 4 : 8, 9, 21, 22, 35, 3, 3, stride, pad: 1);
        var random = new Random(Seed);
        using var x = new Floats((long)s.N * s.H * s.W * s.C, random);
        using var dy = new Floats((long)s.N * s.P * s.Q * s.K, random);
        foreach (long groupFloats in new[] { 1L << 24, 1 })
        {
            using var context = new CpuContext(2, poison: true);
            using var dw = new Floats((long)s.K * 9 * s.C, accumulate ? random : null);
            double[] expected = ConvReference.BackwardFilter(s, x.ToArray(), dy.ToArray(), accumulate ? dw.ToArray() : null);
            WinogradFilterGradient<TTile>.Run(context, MicroKernels.Instance, s, x.Pointer, dy.Pointer, dw.Pointer, accumulate, groupFloats);
            dw.AssertEquals(expected, tolerance, $"{typeof(TTile).Name} group {groupFloats} accumulate {accumulate} seed {Seed}");
        }
    }
}
