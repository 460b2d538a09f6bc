using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static NativeEngine.SoftGpu.Lanes;

namespace NativeEngine.SoftGpu;

/// <summary>Loops of the 32-bit operators over a warp.</summary>
internal static unsafe class Lanes32
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unary<T>(Op* o, Warp w, byte* r, uint mask) where T : struct, IUnary32
    {
        byte* a = r + o->A;
        Store32(r + o->D, T.Invoke(Load32(a)), T.Invoke(Load32(a + 64)), mask);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Binary<T>(Op* o, Warp w, byte* r, uint mask) where T : struct, IBinary32
    {
        byte* a = r + o->A, b = r + o->B;
        Store32(r + o->D, T.Invoke(Load32(a), Load32(b)), T.Invoke(Load32(a + 64), Load32(b + 64)), mask);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Ternary<T>(Op* o, Warp w, byte* r, uint mask) where T : struct, ITernary32
    {
        byte* a = r + o->A, b = r + o->B, c = r + o->C;
        Store32(r + o->D, T.Invoke(Load32(a), Load32(b), Load32(c)), T.Invoke(Load32(a + 64), Load32(b + 64), Load32(c + 64)), mask);
    }

    /// <summary>Comparison into a predicate.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compare<T>(Op* o, Warp w, byte* r, uint mask) where T : struct, IBinary32
    {
        byte* a = r + o->A, b = r + o->B;
        uint result = Gather32(T.Invoke(Load32(a), Load32(b)), T.Invoke(Load32(a + 64), Load32(b + 64)));
        StorePredicate(r + o->D, result, mask);
    }

    /// <summary>d = c ? a : b, with a predicate c.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Select(Op* o, Warp w, byte* r, uint mask)
    {
        uint choice = *(uint*)(r + o->C);
        byte* a = r + o->A, b = r + o->B;
        Store32(
            r + o->D,
            Vector512.ConditionalSelect(Spread32(choice), Load32(a), Load32(b)),
            Vector512.ConditionalSelect(Spread32(choice >> 16), Load32(a + 64), Load32(b + 64)),
            mask);
    }

    /// <summary>Product of 32-bit integers in 64 bits; <see cref="Op.N"/> is 1 for signed sources. With an addend when C is not negative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyWide(Op* o, Warp w, byte* r, uint mask)
    {
        byte* a = r + o->A, b = r + o->B;
        bool signed = o->N == 1;
        for (int part = 0; part < 4; part++)
        {
            var product = Widen(a + 32 * part, signed) * Widen(b + 32 * part, signed);
            if (o->C >= 0)
                product += Load64(r + o->C + 64 * part);
            Store64(r + o->D, part, product, mask);
        }
    }

    /// <summary>Zero- or sign-extension (<see cref="Op.N"/> = 1) to 64 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Extend(Op* o, Warp w, byte* r, uint mask)
    {
        bool signed = o->N == 1;
        byte* a = r + o->A;
        for (int part = 0; part < 4; part++)
            Store64(r + o->D, part, Widen(a + 32 * part, signed), mask);
    }

    /// <summary>Low halves of a 64-bit register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Truncate(Op* o, Warp w, byte* r, uint mask)
    {
        byte* a = r + o->A;
        Store32(r + o->D, Vector512.Narrow(Load64(a), Load64(a + 64)), Vector512.Narrow(Load64(a + 128), Load64(a + 192)), mask);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Widen(byte* eight, bool signed)
    {
        var lanes = Vector256.Load((uint*)eight);
        return signed
            ? Vector512.Create(Vector256.WidenLower(lanes.AsInt32()), Vector256.WidenUpper(lanes.AsInt32())).AsUInt64()
            : Vector512.Create(Vector256.WidenLower(lanes), Vector256.WidenUpper(lanes));
    }
}
