using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NativeEngine.SoftGpu;

/// <summary>
/// Shifts of integer lanes by an amount per lane with PTX's rule: amounts as large as the width shift everything out. The x86 variable shifts obey the
/// same rule; the portable path goes lane by lane.
/// </summary>
internal static unsafe class Shifts
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Left<T>(Vector512<T> a, Vector512<T> n) where T : unmanaged
    {
        if (Avx512F.IsSupported)
        {
            return sizeof(T) == 8
                ? Avx512F.ShiftLeftLogicalVariable(a.AsUInt64(), n.AsUInt64()).As<ulong, T>()
                : Avx512F.ShiftLeftLogicalVariable(a.AsUInt32(), n.AsUInt32()).As<uint, T>();
        }
        return Avx2.IsSupported ? Vector512.Create(Left(a.GetLower(), n.GetLower()), Left(a.GetUpper(), n.GetUpper())) : ByLane(a, n, left: true);
    }

    /// <summary>Arithmetic where lanes are signed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Right<T>(Vector512<T> a, Vector512<T> n) where T : unmanaged
    {
        if (Avx512F.IsSupported)
        {
            if (typeof(T) == typeof(int))
                return Avx512F.ShiftRightArithmeticVariable(a.AsInt32(), n.AsUInt32()).As<int, T>();
            if (typeof(T) == typeof(long))
                return Avx512F.ShiftRightArithmeticVariable(a.AsInt64(), n.AsUInt64()).As<long, T>();
            return sizeof(T) == 8
                ? Avx512F.ShiftRightLogicalVariable(a.AsUInt64(), n.AsUInt64()).As<ulong, T>()
                : Avx512F.ShiftRightLogicalVariable(a.AsUInt32(), n.AsUInt32()).As<uint, T>();
        }
        // AVX2 has no arithmetic shift of 64-bit lanes.
        return Avx2.IsSupported && typeof(T) != typeof(long)
            ? Vector512.Create(Right(a.GetLower(), n.GetLower()), Right(a.GetUpper(), n.GetUpper()))
            : ByLane(a, n, left: false);
    }

    private static Vector256<T> Left<T>(Vector256<T> a, Vector256<T> n) where T : unmanaged => sizeof(T) == 8
        ? Avx2.ShiftLeftLogicalVariable(a.AsUInt64(), n.AsUInt64()).As<ulong, T>()
        : Avx2.ShiftLeftLogicalVariable(a.AsUInt32(), n.AsUInt32()).As<uint, T>();

    private static Vector256<T> Right<T>(Vector256<T> a, Vector256<T> n) where T : unmanaged
    {
        if (typeof(T) == typeof(int))
            return Avx2.ShiftRightArithmeticVariable(a.AsInt32(), n.AsUInt32()).As<int, T>();
        return sizeof(T) == 8
            ? Avx2.ShiftRightLogicalVariable(a.AsUInt64(), n.AsUInt64()).As<ulong, T>()
            : Avx2.ShiftRightLogicalVariable(a.AsUInt32(), n.AsUInt32()).As<uint, T>();
    }

    private static Vector512<T> ByLane<T>(Vector512<T> a, Vector512<T> n, bool left) where T : unmanaged
    {
        int width = 8 * sizeof(T);
        bool signed = typeof(T) == typeof(int) || typeof(T) == typeof(long);
        for (int lane = 0; lane < Vector512<T>.Count; lane++)
        {
            ulong amount = sizeof(T) == 8 ? n.AsUInt64()[lane] : n.AsUInt32()[lane];
            long value = sizeof(T) == 8 ? a.AsInt64()[lane] : signed ? a.AsInt32()[lane] : a.AsUInt32()[lane];
            long result = left ? amount < (ulong)width ? value << (int)amount : 0
                : signed ? value >> (int)Math.Min(amount, 63)
                : amount < (ulong)width ? (long)((ulong)value >> (int)amount) : 0;
            a = sizeof(T) == 8 ? a.AsInt64().WithElement(lane, result).As<long, T>() : a.AsInt32().WithElement(lane, (int)result).As<int, T>();
        }
        return a;
    }
}
