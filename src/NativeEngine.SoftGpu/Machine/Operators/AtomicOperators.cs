using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <summary>What an atomic stores, from the value it finds and its operands.</summary>
internal interface IAtomic<T> where T : unmanaged
{
    static abstract T Apply(T old, T first, T second);
}

internal struct AtomicAdd<T> : IAtomic<T> where T : unmanaged, INumber<T>
{
    public static T Apply(T old, T first, T second) => unchecked(old + first);
}

/// <summary>Adds float32 as global memory does: subnormal operands and results are zeros of their sign.</summary>
internal struct AtomicAddFlushed : IAtomic<float>
{
    public static float Apply(float old, float first, float second) => Float32.FlushScalar(Float32.FlushScalar(old) + Float32.FlushScalar(first));
}

internal struct AtomicMin<T> : IAtomic<T> where T : unmanaged, INumber<T>
{
    public static T Apply(T old, T first, T second) => T.Min(old, first);
}

internal struct AtomicMax<T> : IAtomic<T> where T : unmanaged, INumber<T>
{
    public static T Apply(T old, T first, T second) => T.Max(old, first);
}

internal struct AtomicAnd<T> : IAtomic<T> where T : unmanaged, IBinaryInteger<T>
{
    public static T Apply(T old, T first, T second) => old & first;
}

internal struct AtomicOr<T> : IAtomic<T> where T : unmanaged, IBinaryInteger<T>
{
    public static T Apply(T old, T first, T second) => old | first;
}

internal struct AtomicXor<T> : IAtomic<T> where T : unmanaged, IBinaryInteger<T>
{
    public static T Apply(T old, T first, T second) => old ^ first;
}

internal struct AtomicExchange<T> : IAtomic<T> where T : unmanaged
{
    public static T Apply(T old, T first, T second) => first;
}

/// <summary>Stores the second operand where the first was found.</summary>
internal struct AtomicCompareAndSwap<T> : IAtomic<T> where T : unmanaged, IBinaryInteger<T>
{
    public static T Apply(T old, T first, T second) => old == first ? second : old;
}

/// <summary>Counts up and wraps to 0 after the operand.</summary>
internal struct AtomicIncrement : IAtomic<uint>
{
    public static uint Apply(uint old, uint first, uint second) => old >= first ? 0 : old + 1;
}

/// <summary>Counts down and wraps to the operand below 0 or above it.</summary>
internal struct AtomicDecrement : IAtomic<uint>
{
    public static uint Apply(uint old, uint first, uint second) => old == 0 || old > first ? first : old - 1;
}

/// <summary>What an atomic on 16-bit floats does: the operation and the format.</summary>
internal interface IHalfAtomic
{
    static abstract HalfKind Kind { get; }

    static abstract HalfMode Mode { get; }
}

internal struct AddHalf : IHalfAtomic
{
    public static HalfKind Kind => HalfKind.Add;

    public static HalfMode Mode => HalfMode.None;
}

internal struct MinHalf : IHalfAtomic
{
    public static HalfKind Kind => HalfKind.Min;

    public static HalfMode Mode => HalfMode.None;
}

internal struct MaxHalf : IHalfAtomic
{
    public static HalfKind Kind => HalfKind.Max;

    public static HalfMode Mode => HalfMode.None;
}

/// <summary>The same operation on bfloat16.</summary>
internal struct OnBFloat<T> : IHalfAtomic where T : struct, IHalfAtomic
{
    public static HalfKind Kind => T.Kind;

    public static HalfMode Mode => HalfMode.BFloat;
}

/// <summary>One 16-bit float, rounded to nearest.</summary>
internal struct AtomicHalf<T> : IAtomic<ushort> where T : struct, IHalfAtomic
{
    public static ushort Apply(ushort old, ushort first, ushort second) => (ushort)HalfMath.Single(old, first, 0, T.Kind, T.Mode);
}

/// <summary>Two 16-bit floats, each rounded to nearest.</summary>
internal struct AtomicHalves<T> : IAtomic<uint> where T : struct, IHalfAtomic
{
    public static uint Apply(uint old, uint first, uint second) => HalfMath.Packed(old, first, 0, T.Kind, T.Mode);
}
