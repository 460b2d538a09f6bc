using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

// An operator is a struct with one static function over vectors of any lane type: uint, int, ulong, long, float or double. The loops over the lanes of
// a warp are written once in LaneLoops and LaneScalars; naming an operator and a lane type gives the machine code of one PTX instruction.

internal interface IUnary
{
    static abstract Vector512<T> Invoke<T>(Vector512<T> a) where T : unmanaged;
}

internal interface IBinary
{
    static abstract Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b) where T : unmanaged;
}

internal interface ITernary
{
    static abstract Vector512<T> Invoke<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c) where T : unmanaged;
}

/// <summary>A function between two lane types of the same width.</summary>
internal interface IFunction<TFrom, TTo>
{
    static abstract Vector512<TTo> Invoke(Vector512<TFrom> x);
}

/// <summary>An operator of up to three sources computed one lane at a time, for what vectors have no instruction for.</summary>
internal interface IScalar<TResult, TA, TB, TC>
    where TResult : unmanaged
    where TA : unmanaged
    where TB : unmanaged
    where TC : unmanaged
{
    static abstract TResult Invoke(TA a, TB b, TC c);
}
