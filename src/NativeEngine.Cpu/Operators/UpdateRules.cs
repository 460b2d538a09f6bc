using System.Runtime.CompilerServices;
using NativeEngine.Core;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Operators;

/// <summary>Addresses and factors of one parameter in an update.</summary>
internal unsafe struct SlotPointers
{
    public float* Param, Grad, State1, State2, State3;
    public double WeightDecay, LearningRate;
}

/// <summary>The numbers of an update that are the same for all elements of a parameter, ready as vectors.</summary>
/// <param name="Rate">Learning rate, with what the rule multiplies onto it.</param>
/// <param name="Decay">Factor of the parameter in the gradient (coupled decay).</param>
/// <param name="Keep">Factor of the parameter itself (decoupled decay); 1 without.</param>
/// <param name="Beta1">Momentum or decay of the first moment.</param>
/// <param name="Fresh1">Weight of the new gradient in the first state.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Fresh2">Weight of the new square in the second state.</param>
/// <param name="Root">Factor on the root of the second moment.</param>
/// <param name="Eps">Added to the denominator.</param>
internal readonly record struct UpdateFactors<V>(V Rate, V Decay, V Keep, V Beta1, V Fresh1, V Beta2, V Fresh2, V Root, V Eps) where V : struct, ILanes<V>;

/// <summary>One update rule: how parameter and states change, element by element.</summary>
internal interface IUpdateRule
{
    /// <summary>The factors of one parameter.</summary>
    static abstract UpdateFactors<V> Factors<V>(in OptimizerArgs args, in SlotPointers slot) where V : struct, ILanes<V>;

    /// <summary>Changes p and the states by gradient g. Absent states are 0 and their results dropped.</summary>
    static abstract void Apply<V>(ref V p, V g, ref V s1, ref V s2, ref V s3, in UpdateFactors<V> f, in OptimizerArgs args) where V : struct, ILanes<V>;
}

/// <summary>See <see cref="OptimizerRule.Sgd"/>.</summary>
internal readonly struct SgdUpdate : IUpdateRule
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UpdateFactors<V> Factors<V>(in OptimizerArgs args, in SlotPointers slot) where V : struct, ILanes<V>
    {
        bool first = args.Step <= 1; // the first momentum is the gradient itself, whatever the dampening
        return new(
            V.Create((float)slot.LearningRate), V.Create((float)slot.WeightDecay), V.Create(1f),
            V.Create((float)args.Momentum), V.Create(first ? 1f : (float)(1 - args.Dampening)), default, default, default, default);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply<V>(ref V p, V g, ref V s1, ref V s2, ref V s3, in UpdateFactors<V> f, in OptimizerArgs args) where V : struct, ILanes<V>
    {
        g = V.MultiplyAdd(f.Decay, p, g);
        if (args.Momentum != 0)
        {
            s1 = args.Step <= 1 ? g : V.MultiplyAdd(f.Beta1, s1, f.Fresh1 * g);
            g = args.Nesterov ? V.MultiplyAdd(f.Beta1, s1, g) : s1;
        }

        p -= f.Rate * g;
    }
}

/// <summary>See <see cref="OptimizerRule.Adam"/>.</summary>
internal readonly struct AdamUpdate : IUpdateRule
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UpdateFactors<V> Factors<V>(in OptimizerArgs args, in SlotPointers slot) where V : struct, ILanes<V>
    {
        double correction1 = 1 - Math.Pow(args.Beta1, args.Step), correction2 = 1 - Math.Pow(args.Beta2, args.Step);
        bool decoupled = args.Rule == OptimizerRule.AdamW;
        return new(
            V.Create((float)(slot.LearningRate / correction1)),
            V.Create(decoupled ? 0f : (float)slot.WeightDecay), V.Create(decoupled ? (float)(1 - slot.LearningRate * slot.WeightDecay) : 1f),
            V.Create((float)args.Beta1), V.Create((float)(1 - args.Beta1)), V.Create((float)args.Beta2), V.Create((float)(1 - args.Beta2)),
            V.Create((float)(1 / Math.Sqrt(correction2))), V.Create((float)args.Eps));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply<V>(ref V p, V g, ref V s1, ref V s2, ref V s3, in UpdateFactors<V> f, in OptimizerArgs args) where V : struct, ILanes<V>
    {
        g = V.MultiplyAdd(f.Decay, p, g);
        s1 = V.MultiplyAdd(f.Beta1, s1, f.Fresh1 * g);
        s2 = V.MultiplyAdd(f.Beta2, s2, f.Fresh2 * g * g);
        V second = s2;
        if (args.AmsGrad)
            second = s3 = V.Max(s3, s2);
        p = p * f.Keep - f.Rate * s1 / V.MultiplyAdd(V.Sqrt(second), f.Root, f.Eps);
    }
}

/// <summary>See <see cref="OptimizerRule.AdamW"/>: Adam's loop with the decay in the factors.</summary>
internal readonly struct AdamWUpdate : IUpdateRule
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UpdateFactors<V> Factors<V>(in OptimizerArgs args, in SlotPointers slot) where V : struct, ILanes<V> => AdamUpdate.Factors<V>(args, slot);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply<V>(ref V p, V g, ref V s1, ref V s2, ref V s3, in UpdateFactors<V> f, in OptimizerArgs args) where V : struct, ILanes<V> =>
        AdamUpdate.Apply(ref p, g, ref s1, ref s2, ref s3, f, args);
}

/// <summary>One chunk of one parameter: reads gradient, parameter and states once, writes parameter and states once.</summary>
internal readonly unsafe struct UpdateLoop<TRule>(SlotPointers[] slots, FloatSpan[] spans, int count, OptimizerArgs args, float gradScale) : ILaneBody
    where TRule : struct, IUpdateRule
{
    public void Invoke<V>(int chunk, int worker) where V : struct, ILanes<V>
    {
        var (index, start, end) = SlotChunks.Find(spans, count, chunk);
        SlotPointers slot = slots[index];
        var factors = TRule.Factors<V>(args, slot);
        V scale = V.Create(gradScale);
        for (nint i = (nint)start; i < end; i += V.Width)
        {
            nint n = (nint)Math.Min(V.Width, end - i);
            V p = Load<V>(slot.Param, i, n), g = Load<V>(slot.Grad, i, n) * scale;
            V s1 = Load<V>(slot.State1, i, n), s2 = Load<V>(slot.State2, i, n), s3 = Load<V>(slot.State3, i, n);
            TRule.Apply(ref p, g, ref s1, ref s2, ref s3, factors, args);
            Store(p, slot.Param, i, n);
            Store(s1, slot.State1, i, n);
            Store(s2, slot.State2, i, n);
            Store(s3, slot.State3, i, n);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Load<V>(float* x, nint i, nint n) where V : struct, ILanes<V> =>
        x == null ? default : n == V.Width ? V.Load(x + i) : LaneTail.Load<V>(x + i, n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<V>(V value, float* x, nint i, nint n) where V : struct, ILanes<V>
    {
        if (x == null)
            return;
        if (n == V.Width)
            V.Store(value, x + i);
        else
            LaneTail.Store(value, x + i, n);
    }
}
