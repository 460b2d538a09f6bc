using System.Runtime.Intrinsics;

namespace NativeEngine.SoftGpu;

/// <summary>How the bytes of an instruction's results depend on those of its sources.</summary>
/// <param name="To">The results that are watched, by their numbers in the program.</param>
/// <param name="Parts">What they depend on: a byte is defined where all parts say so.</param>
internal sealed record ValidityFlow(int[] To, ValidityPart[] Parts);

/// <summary>What a result takes from one source.</summary>
/// <param name="From">Number of the source in the program.</param>
/// <param name="To">Number of the result.</param>
internal readonly record struct ValidityPart(int From, int To)
{
    /// <summary>True where any byte of the source touches all of the result: arithmetic.</summary>
    public bool Spreads { get; init; }

    /// <summary>Places by which bytes move up, or down where negative.</summary>
    public int Shift { get; init; }

    /// <summary>Bytes of the result that come from the source, one bit each; the others do not depend on it.</summary>
    public byte Kept { get; init; }

    /// <summary>True when the bytes above those kept are copies of the sign.</summary>
    public bool Extends { get; init; }

    /// <summary>The bytes of the result, a byte of bits for every lane, as far as this source goes.</summary>
    public Vector256<byte> Of(Vector256<byte> source)
    {
        if (Spreads)
            return Vector256.Equals(source, Vector256<byte>.AllBitsSet);
        var moved = (Shift >= 0 ? source << Shift : source >>> -Shift) | Vector256.Create((byte)~Kept);
        if (!Extends)
            return moved;
        int width = System.Numerics.BitOperations.Log2(Kept) + 1;
        var sign = Vector256.Create((byte)(1 << (width - 1)));
        return moved & (Vector256.Equals(moved & sign, sign) | Vector256.Create((byte)((1 << width) - 1)));
    }
}
