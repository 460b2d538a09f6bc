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

/// <summary>Adds two halves, each rounded to nearest.</summary>
internal struct AtomicAddHalves : IAtomic<uint>
{
    public static uint Apply(uint old, uint first, uint second) => HalfMath.Packed(old, first, 0, HalfKind.Add, default);
}
