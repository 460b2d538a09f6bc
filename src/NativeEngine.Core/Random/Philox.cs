namespace NativeEngine.Core;

/// <summary>
/// Counter-based random numbers, Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
/// Number <c>element</c> of a stream is a pure function of (seed, stream, step, element), so the order of calls and the
/// number of threads never matter, and a run resumes at any point without saving generator state.
/// </summary>
/// <remarks>
/// Key = (seed low, seed high). Counter = (block low, block high, step, stream) with block = element / 4; the element takes
/// word element mod 4 of its block. The CUDA kernels use the same mapping (kernels/include/philox.cuh).
/// </remarks>
public static class Philox
{
    private const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57, Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;
    private const int Rounds = 10;

    /// <summary>The four 32-bit words of one block, for elements 4·block … 4·block+3.</summary>
    public static (uint W0, uint W1, uint W2, uint W3) Block(PhiloxKey key, ulong block)
    {
        uint c0 = (uint)block, c1 = (uint)(block >> 32), c2 = key.Step, c3 = key.Stream;
        uint k0 = (uint)key.Seed, k1 = (uint)(key.Seed >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            ulong p0 = (ulong)Multiplier0 * c0, p1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += Weyl0;
            k1 += Weyl1;
        }

        return (c0, c1, c2, c3);
    }

    /// <summary>32 uniformly random bits.</summary>
    public static uint Bits(PhiloxKey key, ulong element)
    {
        var (w0, w1, w2, w3) = Block(key, element >> 2);
        return (element & 3) switch { 0 => w0, 1 => w1, 2 => w2, _ => w3 };
    }

    /// <summary>Maps 32 random bits to a float in [0, 1): the upper 24 bits times 2^-24.</summary>
    public static float ToUniform(uint bits) => (bits >> 8) * (1.0f / 16777216.0f);

    /// <summary>A float in [0, 1) with 24 random bits.</summary>
    public static float Uniform(PhiloxKey key, ulong element) => ToUniform(Bits(key, element));

    /// <summary>An integer in [0, bound), by the multiply-shift method; the bias is below bound / 2^32.</summary>
    public static int Below(PhiloxKey key, ulong element, int bound) => (int)(((ulong)Bits(key, element) * (ulong)bound) >> 32);

    /// <summary>
    /// A standard normal number by Box and Muller: sqrt(-2 ln u1) cos(2 pi u2). Element e uses two words of block e / 2:
    /// words 0 and 1 when e is even, 2 and 3 when it is odd.
    /// </summary>
    public static double Normal(PhiloxKey key, ulong element)
    {
        var (w0, w1, w2, w3) = Block(key, element >> 1);
        var (a, b) = (element & 1) == 0 ? (w0, w1) : (w2, w3);
        double u1 = (a + 1.0) / 4294967296.0, u2 = b / 4294967296.0; // u1 in (0, 1]: the logarithm is finite
        return Math.Sqrt(-2 * Math.Log(u1)) * Math.Cos(2 * Math.PI * u2);
    }

    /// <summary>A random order of 0 … count-1 (Fisher and Yates), a pure function of the key.</summary>
    public static int[] Permutation(PhiloxKey key, int count)
    {
        var order = new int[count];
        for (int i = 0; i < count; i++)
            order[i] = i;
        for (int i = count - 1; i > 0; i--)
        {
            int j = Below(key, (ulong)i, i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }
}
