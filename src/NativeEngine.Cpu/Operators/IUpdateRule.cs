using NativeEngine.Core;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Operators;

/// <summary>Addresses and factors of one parameter in an update.</summary>
internal unsafe struct SlotPointers
{
    public float* Param, Grad, State1, State2, State3;
    public double WeightDecay, LearningRate;
}

/// <summary>The numbers of an update that are the same for all elements of a parameter, ready as vectors; each rule uses some.</summary>
internal struct UpdateFactors<V> where V : struct, ILanes<V>
{
    /// <summary>Learning rate, with what the rule multiplies onto it.</summary>
    public V Rate;

    /// <summary>Rate of the gradient itself, beside the moment.</summary>
    public V GradRate;

    /// <summary>Factor of the parameter in the gradient (coupled decay).</summary>
    public V Decay;

    /// <summary>Factor of the parameter itself (decoupled decay); 1 without.</summary>
    public V Keep;

    /// <summary>Momentum or decay of the first state, and weight of what is new in it.</summary>
    public V Beta1, Fresh1;

    /// <summary>Decay of the second state, and weight of what is new in it.</summary>
    public V Beta2, Fresh2;

    /// <summary>Factor on the root of the second moment.</summary>
    public V Root;

    /// <summary>Added to the denominator.</summary>
    public V Eps;

    /// <summary>Bounds of the rate.</summary>
    public V Low, High;
}

/// <summary>One update rule: how parameter and states change, element by element.</summary>
internal interface IUpdateRule
{
    /// <summary>The factors of one parameter.</summary>
    static abstract UpdateFactors<V> Factors<V>(in OptimizerArgs args, in SlotPointers slot) where V : struct, ILanes<V>;

    /// <summary>Changes p and the states by gradient g. Absent states are 0 and their results dropped.</summary>
    static abstract void Apply<V>(ref V p, V g, ref V s1, ref V s2, ref V s3, in UpdateFactors<V> f, in OptimizerArgs args) where V : struct, ILanes<V>;
}
