using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

// The .approx results are not defined to the bit. They are computed in double precision and rounded once, which is at least as exact as any GPU; a
// separate mode adds errors of the documented size (see Perturbation).

/// <summary>A function of float lanes computed in double.</summary>
internal struct Approximate<TFunction> : IUnary where TFunction : struct, IFunction<double, double>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Invoke<T>(Vector512<T> a) where T : unmanaged
    {
        var x = a.AsSingle();
        return Vector512.Narrow(TFunction.Invoke(Vector512.WidenLower(x)), TFunction.Invoke(Vector512.WidenUpper(x))).As<float, T>();
    }
}

/// <summary>2^x = 2^n * e^(f ln 2), n the nearest integer, by a Taylor polynomial of degree 11 whose error is below 2^-50 for |f| ≤ 1/2.</summary>
internal struct Exp2InDouble : IFunction<double, double>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Invoke(Vector512<double> x)
    {
        // Beyond these bounds the float result is 0 or infinity anyway; NaN passes through both.
        var bounded = Vector512.MinNative(Vector512.MaxNative(x, Vector512.Create(-1000.0)), Vector512.Create(1000.0));
        bounded = Vector512.ConditionalSelect(Vector512.Equals(x, x), bounded, Vector512<double>.Zero);
        var n = Vector512.Round(bounded);
        var f = (bounded - n) * Vector512.Create(0.69314718055994530942);
        var p = Vector512.Create(1.0 / 39916800);
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(1.0 / 3628800));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(1.0 / 362880));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(1.0 / 40320));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(1.0 / 5040));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(1.0 / 720));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(1.0 / 120));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(1.0 / 24));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(1.0 / 6));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(0.5));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512<double>.One);
        p = Vector512.FusedMultiplyAdd(p, f, Vector512<double>.One);
        // Adding 1.5 * 2^52 leaves n in the low bits, from where it moves into the exponent.
        var exponent = Vector512.ShiftLeft((n + Vector512.Create(6755399441055744.0 + 1023)).AsInt64(), 52);
        return Vector512.ConditionalSelect(Vector512.Equals(x, x), p * exponent.AsDouble(), x);
    }
}

internal struct Log2InDouble : IFunction<double, double>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Invoke(Vector512<double> x) => Vector512.Log2(x);
}

internal struct SinInDouble : IFunction<double, double>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Invoke(Vector512<double> x) => Vector512.Sin(x);
}

internal struct CosInDouble : IFunction<double, double>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Invoke(Vector512<double> x) => Vector512.Cos(x);
}

internal struct RsqrtInDouble : IFunction<double, double>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Invoke(Vector512<double> x) => Vector512<double>.One / Vector512.Sqrt(x);
}

internal struct TanhInDouble : IFunction<double, double>
{
    public static Vector512<double> Invoke(Vector512<double> x)
    {
        for (int lane = 0; lane < Vector512<double>.Count; lane++)
            x = x.WithElement(lane, Math.Tanh(x.GetElement(lane)));
        return x;
    }
}
