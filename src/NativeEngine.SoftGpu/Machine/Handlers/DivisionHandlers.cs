using System.Numerics;
using System.Runtime.CompilerServices;

namespace NativeEngine.SoftGpu;

/// <summary>Integer division. By zero the hardware's result is unspecified: the lane gets all ones (remainder: the dividend) and a finding is made.</summary>
internal static unsafe class DivisionHandlers
{
    /// <summary>Lanes are <typeparamref name="TLane"/>, the operands its low bits as <typeparamref name="T"/>; <see cref="Op.N"/> is 1 for the
    /// remainder.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<T, TLane>(Op* o, Warp w, byte* r, uint mask)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
        where TLane : unmanaged, IBinaryInteger<TLane>
    {
        var a = (TLane*)(r + o->A);
        var b = (TLane*)(r + o->B);
        var d = (TLane*)(r + o->D);
        var keep = TLane.CreateTruncating(ulong.MaxValue >> (64 - 8 * sizeof(T)));
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            T x = T.CreateTruncating(a[lane]), y = T.CreateTruncating(b[lane]);
            T result;
            if (y == T.Zero)
            {
                result = o->N == 1 ? x : T.CreateTruncating(-1);
                w.Executor.Report(FindingKind.DivisionByZero, w, o->Instruction, lane, $"integer division of {x} by zero: the result is unspecified");
            }
            else if (T.MinValue != T.Zero && y == T.CreateTruncating(-1))
            {
                result = o->N == 1 ? T.Zero : unchecked(T.Zero - x);
            }
            else
            {
                result = o->N == 1 ? x % y : x / y;
            }
            d[lane] = TLane.CreateTruncating(result) & keep;
        }
    }
}
