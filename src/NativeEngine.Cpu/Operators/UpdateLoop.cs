using System.Runtime.CompilerServices;
using NativeEngine.Core;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Operators;

/// <summary>One chunk of one parameter: reads gradient, parameter and states once, writes parameter and states once.</summary>
internal readonly unsafe struct UpdateLoop<TRule>(SlotPointers[] slots, FloatSpan[] spans, int count, OptimizerArgs args, float gradScale) : ILaneBody
    where TRule : struct, IUpdateRule
{
    public void Invoke<V>(int chunk, int worker) where V : struct, ILanes<V>
    {
        var (index, start, end) = SlotChunks.Find(spans, count, chunk);
        SlotPointers slot = slots[index];
        OptimizerArgs settings = args;
        var factors = TRule.Factors<V>(settings, slot);
        V scale = V.Create(gradScale);
        float* p = slot.Param, g = slot.Grad, s1 = slot.State1, s2 = slot.State2, s3 = slot.State3;
        nint i = (nint)start;
        for (; i <= end - V.Width; i += V.Width)
        {
            V param = V.Load(p + i);
            V state1 = s1 == null ? default : V.Load(s1 + i), state2 = s2 == null ? default : V.Load(s2 + i), state3 = s3 == null ? default : V.Load(s3 + i);
            TRule.Apply(ref param, V.Load(g + i) * scale, ref state1, ref state2, ref state3, factors, settings);
            V.Store(param, p + i);
            if (s1 != null)
                V.Store(state1, s1 + i);
            if (s2 != null)
                V.Store(state2, s2 + i);
            if (s3 != null)
                V.Store(state3, s3 + i);
        }

        if (i < end)
            Tail(slot, i, (nint)end - i, factors, settings, scale);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Tail<V>(in SlotPointers slot, nint i, nint n, in UpdateFactors<V> factors, in OptimizerArgs settings, V scale)
        where V : struct, ILanes<V>
    {
        V param = LaneTail.Load<V>(slot.Param + i, n);
        V state1 = Load<V>(slot.State1, i, n), state2 = Load<V>(slot.State2, i, n), state3 = Load<V>(slot.State3, i, n);
        TRule.Apply(ref param, LaneTail.Load<V>(slot.Grad + i, n) * scale, ref state1, ref state2, ref state3, factors, settings);
        LaneTail.Store(param, slot.Param + i, n);
        Store(state1, slot.State1, i, n);
        Store(state2, slot.State2, i, n);
        Store(state3, slot.State3, i, n);
    }

    private static V Load<V>(float* x, nint i, nint n) where V : struct, ILanes<V> => x == null ? default : LaneTail.Load<V>(x + i, n);

    private static void Store<V>(V value, float* x, nint i, nint n) where V : struct, ILanes<V>
    {
        if (x != null)
            LaneTail.Store(value, x + i, n);
    }
}
