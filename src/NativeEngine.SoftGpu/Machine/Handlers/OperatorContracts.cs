using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

// An operator is a struct with one static function; the loops over lanes are written once in Lanes32, Lanes64 and LaneScalars.

internal interface IUnary32
{
    static abstract Vector512<uint> Invoke(Vector512<uint> a);
}

internal interface IBinary32
{
    static abstract Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b);
}

internal interface ITernary32
{
    static abstract Vector512<uint> Invoke(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c);
}

internal interface IUnary64
{
    static abstract Vector512<ulong> Invoke(Vector512<ulong> a);
}

internal interface IBinary64
{
    static abstract Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b);
}

internal interface ITernary64
{
    static abstract Vector512<ulong> Invoke(Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c);
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
