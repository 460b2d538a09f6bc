using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Norm;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Winograd;

/// <summary>Sums over the output pixels of some tiles for their moments: Σ (y - origin) and Σ (y - origin)² per channel, where the origin is the mean of the
/// first tile.</summary>
internal unsafe struct TileSums(float* memory, nint stride, int channels)
{
    private int _count;

    private readonly float* Origin => memory;

    private readonly float* Sum => memory + stride;

    private readonly float* Square => memory + 2 * stride;

    /// <summary>Adds the pixels of one tile, which are still in the nearest cache.</summary>
    public void Add(float** pixels, int count)
    {
        if (_count == 0)
        {
            VectorLoop.Run(new MeanKernel(pixels, count, Origin), channels);
            VectorCopy.Zero(Sum, channels);
            VectorCopy.Zero(Square, channels);
        }
        VectorLoop.Run(new Kernel(pixels, count, Origin, Sum, Square), channels);
        _count += count;
    }

    /// <summary>Puts the moments of all added pixels into a slot.</summary>
    public readonly void Finish(MomentSlots moments, int slot)
    {
        if (_count > 0) moments.Put(slot, _count, Origin, Sum, Square);
    }

    private readonly struct MeanKernel(float** pixels, int count, float* mean) : IColumnKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
        {
            V share = V.Create(1f / count);
            for (nint c = start; c < end; c += V.Width)
            {
                V sum = default;
                for (int i = 0; i < count; i++) sum = V.MultiplyAdd(V.Load(pixels[i] + c), share, sum);
                V.Store(sum, mean + c);
            }
        }
    }

    private readonly struct Kernel(float** pixels, int count, float* origin, float* sum, float* square) : IColumnKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<V>(nint start, nint end) where V : struct, ILanes<V>
        {
            for (nint c = start; c < end; c += V.Width)
            {
                V zero = V.Load(origin + c), s = V.Load(sum + c), q = V.Load(square + c);
                for (int i = 0; i < count; i++)
                {
                    V x = V.Load(pixels[i] + c) - zero;
                    s = s + x;
                    q = V.MultiplyAdd(x, x, q);
                }
                V.Store(s, sum + c);
                V.Store(q, square + c);
            }
        }
    }
}
