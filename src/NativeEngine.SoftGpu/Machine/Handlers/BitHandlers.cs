using System.Numerics;

namespace NativeEngine.SoftGpu;

/// <summary>Bit operations with a parameter in <see cref="Op.N"/>, and additions that hand on a carry.</summary>
internal static unsafe class BitHandlers
{
    /// <summary>Any logic function of three bits: bit (a*4 + b*2 + c) of the table is the result.</summary>
    public static void Lop3(Op* o, Warp w, byte* r, uint mask)
    {
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            uint a = ((uint*)(r + o->A))[lane], b = ((uint*)(r + o->B))[lane], c = ((uint*)(r + o->C))[lane];
            ((uint*)(r + o->D))[lane] = Lop3(a, b, c, o->N);
        }
    }

    public static uint Lop3(uint a, uint b, uint c, int table)
    {
        uint result = 0;
        for (int row = 0; row < 8; row++)
        {
            if ((table >> row & 1) != 0)
                result |= ((row & 4) != 0 ? a : ~a) & ((row & 2) != 0 ? b : ~b) & ((row & 1) != 0 ? c : ~c);
        }
        return result;
    }

    /// <summary>Byte permutation of the pair b:a.</summary>
    public static void Permute(Op* o, Warp w, byte* r, uint mask)
    {
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            uint a = ((uint*)(r + o->A))[lane], b = ((uint*)(r + o->B))[lane], c = ((uint*)(r + o->C))[lane];
            ((uint*)(r + o->D))[lane] = Permute(a, b, c, o->N);
        }
    }

    /// <summary>Modes: 0 selectors in c, 1 f4e, 2 b4e, 3 rc8, 4 ecl, 5 ecr, 6 rc16.</summary>
    public static uint Permute(uint a, uint b, uint c, int mode)
    {
        ulong pair = (ulong)b << 32 | a;
        uint k = c & 3;
        uint result = 0;
        for (int i = 0; i < 4; i++)
        {
            uint selector = mode switch
            {
                0 => c >> (4 * i) & 15,
                1 => k + (uint)i,
                2 => (uint)(k - i) & 7,
                3 => k,
                4 => Math.Max((uint)i, k),
                5 => Math.Min((uint)i, k),
                _ => (uint)((i & 1) + ((k & 1) << 1)),
            };
            uint value = (uint)(pair >> (8 * (int)(selector & 7))) & 255;
            if (mode == 0 && (selector & 8) != 0)
                value = (value & 128) != 0 ? 255u : 0;
            result |= value << (8 * i);
        }
        return result;
    }

    /// <summary>
    /// Adds <typeparamref name="T"/> lanes in <typeparamref name="TWide"/>, twice as wide. <see cref="Op.N"/>: bit 0 subtract, bit 1 take the carry in, bit 2
    /// set the carry flag.
    /// </summary>
    public static void Carry<T, TWide>(Op* o, Warp w, byte* r, uint mask) where T : unmanaged, IBinaryInteger<T> where TWide : unmanaged, IBinaryInteger<TWide>
    {
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            TWide a = TWide.CreateTruncating(((T*)(r + o->A))[lane]), b = TWide.CreateTruncating(((T*)(r + o->B))[lane]);
            var carry = TWide.CreateTruncating((o->N & 2) != 0 ? w.Carry >> lane & 1 : 0);
            var sum = (o->N & 1) != 0 ? unchecked(a - b - carry) : a + b + carry;
            ((T*)(r + o->D))[lane] = T.CreateTruncating(sum);
            SetCarry(o, w, lane, sum >> (8 * sizeof(T)) != TWide.Zero);
        }
    }

    private static void SetCarry(Op* o, Warp w, int lane, bool carry)
    {
        if ((o->N & 4) != 0)
            w.Carry = (w.Carry & ~(1u << lane)) | (carry ? 1u << lane : 0);
    }
}
