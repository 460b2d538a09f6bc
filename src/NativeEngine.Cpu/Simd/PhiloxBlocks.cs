using System.Runtime.Intrinsics;
using NativeEngine.Core;

namespace NativeEngine.Cpu.Simd;

/// <summary>Many Philox blocks at once; the words are those of <see cref="Philox.Block"/>.</summary>
internal static unsafe class PhiloxBlocks
{
    /// <summary>Blocks that one call of <see cref="Fill"/> computes; 4 words each.</summary>
    public const int Count = 4;

    private const int Rounds = 10;

    /// <summary>words[4·b + k] = word k of block first + b for b in 0 .. <see cref="Count"/>-1: one block per 64-bit lane, a word in its lower half.</summary>
    public static void Fill(PhiloxKey key, ulong first, uint* words)
    {
        if (!Vector256.IsHardwareAccelerated)
        {
            for (uint b = 0; b < Count; b++)
                (words[4 * b], words[4 * b + 1], words[4 * b + 2], words[4 * b + 3]) = Philox.Block(key, first + b);
            return;
        }

        var low = Vector256.Create(0xFFFF_FFFFUL);
        Vector256<ulong> multiplier0 = Vector256.Create(0xD2511F53UL), multiplier1 = Vector256.Create(0xCD9E8D57UL);
        Vector256<ulong> block = Vector256.Create(first) + Vector256.Create(0UL, 1, 2, 3);
        Vector256<ulong> c0 = block & low, c1 = block >>> 32, c2 = Vector256.Create((ulong)key.Step), c3 = Vector256.Create((ulong)key.Stream);
        uint k0 = (uint)key.Seed, k1 = (uint)(key.Seed >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            Vector256<ulong> p0 = multiplier0 * c0, p1 = multiplier1 * c2;
            c0 = (p1 >>> 32) ^ c1 ^ Vector256.Create((ulong)k0);
            c1 = p1 & low;
            c2 = (p0 >>> 32) ^ c3 ^ Vector256.Create((ulong)k1);
            c3 = p0 & low;
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        Vector256<ulong> front = c0 | (c1 << 32), back = c2 | (c3 << 32);
        ulong* pairs = (ulong*)words;
        for (int b = 0; b < Count; b++)
            (pairs[2 * b], pairs[2 * b + 1]) = (front[b], back[b]);
    }
}
