using System.Runtime.CompilerServices;
using NativeEngine.Core;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Operators;

/// <summary>See <see cref="OptimizerRule.Sgd"/>.</summary>
internal readonly struct SgdUpdate : IUpdateRule
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UpdateFactors<V> Factors<V>(in OptimizerArgs args, in SlotPointers slot) where V : struct, ILanes<V> => new()
    {
        Rate = V.Create((float)slot.LearningRate),
        Decay = V.Create((float)slot.WeightDecay),
        Beta1 = V.Create((float)args.Momentum),
        Fresh1 = V.Create((float)(1 - args.Dampening)),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply<V>(ref V p, V g, ref V s1, ref V s2, ref V s3, in UpdateFactors<V> f, in OptimizerArgs args) where V : struct, ILanes<V>
    {
        g = V.MultiplyAdd(f.Decay, p, g);
        if (args.Momentum != 0)
        {
            s1 = args.Step <= 1 ? g : V.MultiplyAdd(f.Beta1, s1, f.Fresh1 * g); // the first momentum is the gradient, whatever the dampening
            g = args.Nesterov ? V.MultiplyAdd(f.Beta1, s1, g) : s1;
        }

        p -= f.Rate * g;
    }
}

/// <summary>What the rules with two moments share.</summary>
internal static class TwoMoments
{
    /// <summary>Factors of the moments and of the decay.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UpdateFactors<V> Factors<V>(in OptimizerArgs args, in SlotPointers slot, bool decoupled) where V : struct, ILanes<V> => new()
    {
        Decay = V.Create(decoupled ? 0f : (float)slot.WeightDecay),
        Keep = V.Create(decoupled ? (float)(1 - slot.LearningRate * slot.WeightDecay) : 1f),
        Beta1 = V.Create((float)args.Beta1),
        Fresh1 = V.Create((float)(1 - args.Beta1)),
        Beta2 = V.Create((float)args.Beta2),
        Fresh2 = V.Create((float)(1 - args.Beta2)),
        Eps = V.Create((float)args.Eps),
    };

    /// <summary>m = b1·m + (1-b1)·g, v = b2·v + (1-b2)·g²; returns the second moment to divide by: with amsgrad its maximum so far.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Advance<V>(V g, ref V m, ref V v, ref V largest, in UpdateFactors<V> f, bool amsGrad) where V : struct, ILanes<V>
    {
        m = V.MultiplyAdd(f.Beta1, m, f.Fresh1 * g);
        v = V.MultiplyAdd(f.Beta2, v, f.Fresh2 * g * g);
        return amsGrad ? largest = V.Max(largest, v) : v;
    }
}

/// <summary>See <see cref="OptimizerRule.Adam"/> and <see cref="OptimizerRule.AdamW"/>, which differ in their factors only.</summary>
internal readonly struct AdamUpdate : IUpdateRule
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UpdateFactors<V> Factors<V>(in OptimizerArgs args, in SlotPointers slot) where V : struct, ILanes<V>
    {
        var f = TwoMoments.Factors<V>(args, slot, args.Rule == OptimizerRule.AdamW);
        f.Rate = V.Create((float)(slot.LearningRate / (1 - Math.Pow(args.Beta1, args.Step))));
        f.Root = V.Create((float)(1 / Math.Sqrt(1 - Math.Pow(args.Beta2, args.Step))));
        return f;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply<V>(ref V p, V g, ref V s1, ref V s2, ref V s3, in UpdateFactors<V> f, in OptimizerArgs args) where V : struct, ILanes<V>
    {
        V second = TwoMoments.Advance(V.MultiplyAdd(f.Decay, p, g), ref s1, ref s2, ref s3, f, args.AmsGrad);
        p = p * f.Keep - f.Rate * s1 / V.MultiplyAdd(V.Sqrt(second), f.Root, f.Eps);
    }
}

/// <summary>See <see cref="OptimizerRule.Moments"/>.</summary>
internal readonly struct MomentsUpdate : IUpdateRule
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UpdateFactors<V> Factors<V>(in OptimizerArgs args, in SlotPointers slot) where V : struct, ILanes<V>
    {
        var f = TwoMoments.Factors<V>(args, slot, args.Decoupled);
        f.Rate = V.Create((float)(slot.LearningRate * args.MomentFactor));
        f.GradRate = V.Create((float)(slot.LearningRate * args.GradFactor));
        f.Root = V.Create((float)args.RootFactor);
        return f;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply<V>(ref V p, V g, ref V s1, ref V s2, ref V s3, in UpdateFactors<V> f, in OptimizerArgs args) where V : struct, ILanes<V>
    {
        g = V.MultiplyAdd(f.Decay, p, g);
        V second = TwoMoments.Advance(g, ref s1, ref s2, ref s3, f, args.AmsGrad), update = V.MultiplyAdd(f.GradRate, g, f.Rate * s1);
        p = p * f.Keep - (args.Adaptive ? update / V.MultiplyAdd(V.Sqrt(second), f.Root, f.Eps) : update);
    }
}

/// <summary>See <see cref="OptimizerRule.AdaBound"/>.</summary>
internal readonly struct AdaBoundUpdate : IUpdateRule
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UpdateFactors<V> Factors<V>(in OptimizerArgs args, in SlotPointers slot) where V : struct, ILanes<V>
    {
        var f = TwoMoments.Factors<V>(args, slot, args.Decoupled);
        f.Rate = V.Create((float)(slot.LearningRate * args.MomentFactor));
        f.Low = V.Create((float)(slot.LearningRate * args.LowerRate));
        f.High = V.Create((float)(slot.LearningRate * args.UpperRate));
        return f;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply<V>(ref V p, V g, ref V s1, ref V s2, ref V s3, in UpdateFactors<V> f, in OptimizerArgs args) where V : struct, ILanes<V>
    {
        V second = TwoMoments.Advance(V.MultiplyAdd(f.Decay, p, g), ref s1, ref s2, ref s3, f, args.AmsGrad);
        p = p * f.Keep - V.Min(V.Max(f.Rate / (V.Sqrt(second) + f.Eps), f.Low), f.High) * s1;
    }
}

/// <summary>See <see cref="OptimizerRule.RmsProp"/>.</summary>
internal readonly struct RmsPropUpdate : IUpdateRule
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UpdateFactors<V> Factors<V>(in OptimizerArgs args, in SlotPointers slot) where V : struct, ILanes<V>
    {
        var f = TwoMoments.Factors<V>(args, slot, decoupled: false);
        f.Rate = V.Create((float)slot.LearningRate);
        f.Beta1 = V.Create((float)args.Momentum);
        return f;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply<V>(ref V p, V g, ref V s1, ref V s2, ref V s3, in UpdateFactors<V> f, in OptimizerArgs args) where V : struct, ILanes<V>
    {
        g = V.MultiplyAdd(f.Decay, p, g);
        s1 = V.MultiplyAdd(f.Beta2, s1, f.Fresh2 * g * g);
        V square = s1;
        if (args.Centered)
        {
            s3 = V.MultiplyAdd(f.Beta2, s3, f.Fresh2 * g);
            square -= s3 * s3;
        }

        V update = g / (V.Sqrt(square) + f.Eps);
        if (args.Momentum != 0)
            update = s2 = V.MultiplyAdd(f.Beta1, s2, update);
        p -= f.Rate * update;
    }
}

/// <summary>See <see cref="OptimizerRule.Adagrad"/>.</summary>
internal readonly struct AdagradUpdate : IUpdateRule
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UpdateFactors<V> Factors<V>(in OptimizerArgs args, in SlotPointers slot) where V : struct, ILanes<V> => RmsPropUpdate.Factors<V>(args, slot);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply<V>(ref V p, V g, ref V s1, ref V s2, ref V s3, in UpdateFactors<V> f, in OptimizerArgs args) where V : struct, ILanes<V>
    {
        g = V.MultiplyAdd(f.Decay, p, g);
        s1 = V.MultiplyAdd(g, g, s1);
        p -= f.Rate * g / (V.Sqrt(s1) + f.Eps);
    }
}

/// <summary>See <see cref="OptimizerRule.Adadelta"/>.</summary>
internal readonly struct AdadeltaUpdate : IUpdateRule
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UpdateFactors<V> Factors<V>(in OptimizerArgs args, in SlotPointers slot) where V : struct, ILanes<V> => RmsPropUpdate.Factors<V>(args, slot);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply<V>(ref V p, V g, ref V s1, ref V s2, ref V s3, in UpdateFactors<V> f, in OptimizerArgs args) where V : struct, ILanes<V>
    {
        g = V.MultiplyAdd(f.Decay, p, g);
        s1 = V.MultiplyAdd(f.Beta2, s1, f.Fresh2 * g * g);
        V update = V.Sqrt(s2 + f.Eps) / V.Sqrt(s1 + f.Eps) * g;
        s2 = V.MultiplyAdd(f.Beta2, s2, f.Fresh2 * update * update);
        p -= f.Rate * update;
    }
}

/// <summary>The first half of <see cref="OptimizerRule.Lamb"/>: moments and the update u in the third state; p stays.</summary>
internal readonly struct LambDirection : IUpdateRule
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UpdateFactors<V> Factors<V>(in OptimizerArgs args, in SlotPointers slot) where V : struct, ILanes<V>
    {
        var f = TwoMoments.Factors<V>(args, slot, decoupled: false);
        f.Rate = V.Create((float)args.MomentFactor);
        f.Root = V.Create((float)args.RootFactor);
        return f;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply<V>(ref V p, V g, ref V s1, ref V s2, ref V s3, in UpdateFactors<V> f, in OptimizerArgs args) where V : struct, ILanes<V>
    {
        V unused = default, second = TwoMoments.Advance(g, ref s1, ref s2, ref unused, f, amsGrad: false);
        s3 = V.MultiplyAdd(f.Decay, p, f.Rate * s1 / V.MultiplyAdd(V.Sqrt(second), f.Root, f.Eps));
    }
}

/// <summary>The second half of <see cref="OptimizerRule.Lamb"/>: p -= rate·u, the rate carrying the trust ratio.</summary>
internal readonly struct LambDescent : IUpdateRule
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UpdateFactors<V> Factors<V>(in OptimizerArgs args, in SlotPointers slot)
        where V : struct, ILanes<V> => new() { Rate = V.Create((float)slot.LearningRate) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply<V>(ref V p, V g, ref V s1, ref V s2, ref V s3, in UpdateFactors<V> f, in OptimizerArgs args) where V : struct, ILanes<V> =>
        p -= f.Rate * s3;
}

/// <summary>See <see cref="OptimizerRule.SamAscend"/>; the gradient arrives scaled by Rho / (norm + 1e-12).</summary>
internal readonly struct SamAscentUpdate : IUpdateRule
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UpdateFactors<V> Factors<V>(in OptimizerArgs args, in SlotPointers slot) where V : struct, ILanes<V> => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply<V>(ref V p, V g, ref V s1, ref V s2, ref V s3, in UpdateFactors<V> f, in OptimizerArgs args) where V : struct, ILanes<V>
    {
        s1 = p;
        p += args.Adaptive ? p * p * g : g;
    }
}
