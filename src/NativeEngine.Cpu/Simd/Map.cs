using System.Runtime.CompilerServices;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Simd;

/// <summary>y[i] = f(x[i]) with two constants.</summary>
internal interface IMap1
{
    /// <summary>f(x); <paramref name="p"/> and <paramref name="q"/> are the same in every call.</summary>
    static abstract V Apply<V>(V x, V p, V q) where V : struct, ILanes<V>;
}

/// <summary>y[i] = f(x[i], z[i]) with two constants.</summary>
internal interface IMap2
{
    /// <summary>f(x, z); <paramref name="p"/> and <paramref name="q"/> are the same in every call.</summary>
    static abstract V Apply<V>(V x, V z, V p, V q) where V : struct, ILanes<V>;
}

/// <summary>The loop of every dense function of one array.</summary>
internal readonly unsafe struct MapLoop1<TMap, TStore>(Partition parts, float* x, float* y, float p, float q) : ILaneBody
    where TMap : struct, IMap1
    where TStore : struct, IGradStore
{
    public void Invoke<V>(int chunk, int worker) where V : struct, ILanes<V>
    {
        float* source = x, target = y;
        nint i = (nint)parts.Start(chunk), end = (nint)parts.End(chunk);
        V first = V.Create(p), second = V.Create(q);
        for (; i <= end - V.Width; i += V.Width)
        {
            V value = TMap.Apply(V.Load(source + i), first, second);
            V.Store(TStore.Accumulates ? V.Load(target + i) + value : value, target + i);
        }

        if (i < end)
        {
            V value = TMap.Apply(LaneTail.Load<V>(source + i, end - i), first, second);
            LaneTail.Store(TStore.Accumulates ? LaneTail.Load<V>(target + i, end - i) + value : value, target + i, end - i);
        }
    }
}

/// <summary>The loop of every dense function of two arrays.</summary>
internal readonly unsafe struct MapLoop2<TMap, TStore>(Partition parts, float* x, float* z, float* y, float p, float q) : ILaneBody
    where TMap : struct, IMap2
    where TStore : struct, IGradStore
{
    public void Invoke<V>(int chunk, int worker) where V : struct, ILanes<V>
    {
        float* left = x, right = z, target = y;
        nint i = (nint)parts.Start(chunk), end = (nint)parts.End(chunk);
        V first = V.Create(p), second = V.Create(q);
        for (; i <= end - V.Width; i += V.Width)
        {
            V value = TMap.Apply(V.Load(left + i), V.Load(right + i), first, second);
            V.Store(TStore.Accumulates ? V.Load(target + i) + value : value, target + i);
        }

        if (i < end)
        {
            V value = TMap.Apply(LaneTail.Load<V>(left + i, end - i), LaneTail.Load<V>(right + i, end - i), first, second);
            LaneTail.Store(TStore.Accumulates ? LaneTail.Load<V>(target + i, end - i) + value : value, target + i, end - i);
        }
    }
}
