namespace NativeEngine.SoftGpu.Tests;

/// <summary>Operands that hurt: limits, zeros of both signs, subnormals, infinities, NaN, halves between integers, amounts beyond the width; and random
/// ones.</summary>
internal static class SampleValues
{
    public static ulong[][] Draw(PtxType[] types, int count, Random random)
    {
        var sets = types.Select(Special).ToArray();
        var values = types.Select(_ => new ulong[count]).ToArray();
        for (int i = 0; i < count; i++)
        {
            for (int k = 0; k < types.Length; k++)
                values[k][i] = random.Next(3) == 0 ? Random(types[k], random) : sets[k][random.Next(sets[k].Length)];
        }
        return values;
    }

    private static ulong[] Special(PtxType type)
    {
        if (type == PtxType.Pred)
            return [0, 1];
        if (type is PtxType.E4M3x2 or PtxType.E5M2x2)
            return [.. Enumerable.Range(0, 256).Select(code => (ulong)(code | (code * 7 + 3) % 256 << 8))];
        if (type is PtxType.F16x2 or PtxType.BF16x2)
        {
            var half = Special(type == PtxType.F16x2 ? PtxType.F16 : PtxType.BF16);
            return [.. half.Select((x, i) => x | half[(i * 7 + 3) % half.Length] << 16)];
        }
        if (type.IsFloat())
        {
            var f = FloatFormat.Of(type);
            ulong one = (ulong)f.MaximumExponent << f.FractionBits;
            ulong unit = 1UL << f.FractionBits;
            ulong[] magnitudes =
            [
                0, 1, 2, unit - 1, unit, unit + 1, one - 1, one, one + 1, one - unit, one + unit, one + unit / 2, one + unit + unit / 4,
                    one + unit * 2 + unit / 8,
                one + 7 * unit, one + 8 * unit - 1, f.Infinity - 1, f.Infinity - unit, f.Infinity, f.NaN, f.Infinity + 1, one + 10 * unit, one + 10 * unit + 3,
            ];
            return [.. magnitudes, .. magnitudes.Select(m => m | f.SignBit)];
        }
        int width = type.Size() * 8;
        ulong all = width == 64 ? ulong.MaxValue : (1UL << width) - 1;
        return [.. new ulong[] { 0, 1, 2, 3, 5, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 255, 256, 0x1020, 32767, 32768, all, all - 1, all >> 1,
            (all >> 1) + 1, all / 3, all / 5 * 4 }.Select(x => x & all)];
    }

    private static ulong Random(PtxType type, Random random)
    {
        ulong bits = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
        if (type == PtxType.Pred)
            return bits & 1;
        // 8-bit types come in 16-bit registers, whose upper half must not matter.
        int width = Math.Max(2, type.Size()) * 8;
        ulong cut = width == 64 ? bits : bits & ((1UL << width) - 1);
        if (type.IsFloat() && random.Next(2) == 0)
        {
            double value = (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-4, 7));
            return type switch
            {
                PtxType.F32 => BitConverter.SingleToUInt32Bits((float)value),
                PtxType.F64 => BitConverter.DoubleToUInt64Bits(value),
                PtxType.F16 => BitConverter.HalfToUInt16Bits((Half)value),
                _ => cut,
            };
        }
        return cut;
    }
}
