namespace NativeEngine.SoftGpu;

// The gross approximations of PTX read and give only the upper half of a double (20 digits behind the point).

/// <summary>1 / sqrt(a), rounded twice.</summary>
internal struct ReciprocalRoot : IScalar<double, double, double, double>
{
    public static double Invoke(double a, double b, double c) => Canonicalised(1 / Math.Sqrt(a));

    internal static double Canonicalised(double x) => BitConverter.UInt64BitsToDouble(Float64.ToBits(x));
}

/// <summary>The upper half of 1 / a.</summary>
internal struct GrossReciprocal : IScalar<ulong, ulong, ulong, ulong>
{
    public static ulong Invoke(ulong a, ulong b, ulong c) => UpperHalf(1 / FromUpperHalf(a));

    /// <summary>The number of the upper half, subnormal ones flushed.</summary>
    internal static double FromUpperHalf(ulong bits)
    {
        double x = BitConverter.UInt64BitsToDouble(bits);
        return double.IsNaN(x) ? x : double.IsSubnormal(x) ? Math.CopySign(0, x) : BitConverter.UInt64BitsToDouble(bits & 0xFFFF_FFFF_0000_0000);
    }

    /// <summary>Rounded to the upper half, subnormal results flushed.</summary>
    internal static ulong UpperHalf(double x)
    {
        if (double.IsNaN(x))
            return 0x7FFF_FFFF_0000_0000;
        if (double.IsSubnormal(x))
            return BitConverter.DoubleToUInt64Bits(Math.CopySign(0, x));
        ulong bits = BitConverter.DoubleToUInt64Bits(x);
        return double.IsInfinity(x) ? bits : (bits + 0x7FFF_FFFF + (bits >> 32 & 1)) & 0xFFFF_FFFF_0000_0000;
    }
}

/// <summary>The upper half of 1 / sqrt(a).</summary>
internal struct GrossReciprocalRoot : IScalar<ulong, ulong, ulong, ulong>
{
    public static ulong Invoke(ulong a, ulong b, ulong c) => GrossReciprocal.UpperHalf(1 / Math.Sqrt(GrossReciprocal.FromUpperHalf(a)));
}
