using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static NativeEngine.SoftGpu.Lanes;

namespace NativeEngine.SoftGpu;

/// <summary>Loops between 32-bit and 64-bit lanes.</summary>
internal static unsafe class LaneWidths
{
    /// <summary>Product of 32-bit integers in 64 bits; <see cref="Op.N"/> is 1 for signed sources. With an addend when C is not negative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyWide(Op* o, Warp w, byte* r, uint mask)
    {
        byte* a = r + o->A, b = r + o->B, d = r + o->D;
        bool signed = o->N == 1;
        for (int part = 0; part < 4; part++)
        {
            var product = Widen(a, part, signed) * Widen(b, part, signed);
            if (o->C >= 0)
                product += Load<ulong>(r + o->C, part);
            Store(d, part, product, mask);
        }
    }

    /// <summary>Zero- or sign-extension (<see cref="Op.N"/> = 1) to 64 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Extend(Op* o, Warp w, byte* r, uint mask)
    {
        bool signed = o->N == 1;
        byte* a = r + o->A;
        for (int part = 0; part < 4; part++)
            Store(r + o->D, part, Widen(a, part, signed), mask);
    }

    /// <summary>Low halves of a 64-bit register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Truncate(Op* o, Warp w, byte* r, uint mask)
    {
        byte* a = r + o->A;
        for (int part = 0; part < 2; part++)
            Store(r + o->D, part, Vector512.Narrow(Load<ulong>(a, 2 * part), Load<ulong>(a, 2 * part + 1)), mask);
    }

    /// <summary>Eight 32-bit lanes, the first of them number 8 * <paramref name="part"/>, in 64 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Widen(byte* register, int part, bool signed)
    {
        var lanes = Vector256.Load((uint*)(register + 32 * part));
        return signed
            ? Vector512.Create(Vector256.WidenLower(lanes.AsInt32()), Vector256.WidenUpper(lanes.AsInt32())).AsUInt64()
            : Vector512.Create(Vector256.WidenLower(lanes), Vector256.WidenUpper(lanes));
    }
}
