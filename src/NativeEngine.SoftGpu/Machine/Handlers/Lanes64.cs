using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static NativeEngine.SoftGpu.Lanes;

namespace NativeEngine.SoftGpu;

/// <summary>Loops of the 64-bit operators over a warp.</summary>
internal static unsafe class Lanes64
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unary<T>(Op* o, Warp w, byte* r, uint mask) where T : struct, IUnary64
    {
        byte* a = r + o->A;
        for (int part = 0; part < 4; part++)
            Store64(r + o->D, part, T.Invoke(Load64(a + 64 * part)), mask);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Binary<T>(Op* o, Warp w, byte* r, uint mask) where T : struct, IBinary64
    {
        byte* a = r + o->A, b = r + o->B, d = r + o->D;
        if (mask == All)
        {
            T.Invoke(Load64(a), Load64(b)).Store((ulong*)d);
            T.Invoke(Load64(a + 64), Load64(b + 64)).Store((ulong*)(d + 64));
            T.Invoke(Load64(a + 128), Load64(b + 128)).Store((ulong*)(d + 128));
            T.Invoke(Load64(a + 192), Load64(b + 192)).Store((ulong*)(d + 192));
            return;
        }
        for (int part = 0; part < 4; part++)
            Store64(d, part, T.Invoke(Load64(a + 64 * part), Load64(b + 64 * part)), mask);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Ternary<T>(Op* o, Warp w, byte* r, uint mask) where T : struct, ITernary64
    {
        byte* a = r + o->A, b = r + o->B, c = r + o->C;
        for (int part = 0; part < 4; part++)
            Store64(r + o->D, part, T.Invoke(Load64(a + 64 * part), Load64(b + 64 * part), Load64(c + 64 * part)), mask);
    }

    /// <summary>Shift by a 32-bit amount per lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Shift<T>(Op* o, Warp w, byte* r, uint mask) where T : struct, IBinary64
    {
        byte* a = r + o->A, b = r + o->B;
        for (int part = 0; part < 4; part++)
        {
            var amounts = Vector256.Load((uint*)(b + 32 * part));
            Store64(r + o->D, part, T.Invoke(Load64(a + 64 * part), Vector512.Create(Vector256.WidenLower(amounts), Vector256.WidenUpper(amounts))), mask);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compare<T>(Op* o, Warp w, byte* r, uint mask) where T : struct, IBinary64
    {
        byte* a = r + o->A, b = r + o->B;
        uint result = (uint)T.Invoke(Load64(a), Load64(b)).ExtractMostSignificantBits()
            | (uint)T.Invoke(Load64(a + 64), Load64(b + 64)).ExtractMostSignificantBits() << 8
            | (uint)T.Invoke(Load64(a + 128), Load64(b + 128)).ExtractMostSignificantBits() << 16
            | (uint)T.Invoke(Load64(a + 192), Load64(b + 192)).ExtractMostSignificantBits() << 24;
        StorePredicate(r + o->D, result, mask);
    }

    /// <summary>d = c ? a : b, with a predicate c.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Select(Op* o, Warp w, byte* r, uint mask)
    {
        uint choice = *(uint*)(r + o->C);
        byte* a = r + o->A, b = r + o->B;
        for (int part = 0; part < 4; part++)
        {
            var value = Vector512.ConditionalSelect(Spread64(choice >> (8 * part)), Load64(a + 64 * part), Load64(b + 64 * part));
            Store64(r + o->D, part, value, mask);
        }
    }
}
