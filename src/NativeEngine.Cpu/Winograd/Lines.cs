using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Winograd;

/// <summary>Where a transform reads its line of vectors.</summary>
internal interface ILineSource<V> where V : struct, ILanes<V>
{
    V Get(int i);
}

/// <summary>Where a transform writes its line of vectors.</summary>
internal interface ILineTarget<V> where V : struct, ILanes<V>
{
    void Put(int i, V value);
}

/// <summary>Vectors a fixed distance apart.</summary>
internal readonly unsafe struct StridedLine<V>(float* first, nint step) : ILineSource<V>, ILineTarget<V> where V : struct, ILanes<V>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Get(int i) => V.Load(first + i * step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(int i, V value) => V.Store(value, first + i * step);
}

/// <summary>Vectors a fixed distance apart that are stored or added to.</summary>
internal readonly unsafe struct GradientLine<V>(float* first, nint step, bool add) : ILineTarget<V> where V : struct, ILanes<V>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(int i, V value)
    {
        float* target = first + i * step;
        V.Store(add ? V.Load(target) + value : value, target);
    }
}

/// <summary>Pixels reached through a table of pointers, so that borders cost nothing.</summary>
internal readonly unsafe struct PixelSource<V>(float** pixels, nint channel) : ILineSource<V> where V : struct, ILanes<V>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Get(int i) => V.Load(pixels[i] + channel);
}

/// <summary>Pixels that get value + bias, stored or added.</summary>
internal readonly unsafe struct PixelTarget<V>(float** pixels, nint channel, V bias, bool add) : ILineTarget<V> where V : struct, ILanes<V>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(int i, V value)
    {
        float* target = pixels[i] + channel;
        value = value + bias;
        V.Store(add ? V.Load(target) + value : value, target);
    }
}
