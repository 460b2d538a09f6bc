namespace NativeEngine.SoftGpu.Tests;

/// <summary>
/// Where the PTX manual puts element i of each matrix of mma.sync: the formulas under the figures "fragment layout for matrix A, B, C/D", written down
/// shape by shape. g is groupID (lane / 4), t is threadID_in_group (lane mod 4).
/// </summary>
internal static class MatrixFragments
{
    internal delegate (int Row, int Column) Place(int lane, int i);

    /// <summary>The place of element i of matrix A, B or C of a shape with multiplicands of so many bits.</summary>
    public static Place Of(string shape, int bits, char matrix) => matrix switch
    {
        'A' => (lane, i) => A(shape, bits, lane >> 2, lane & 3, i),
        'B' => (lane, i) => B(shape, bits, lane >> 2, lane & 3, i),
        _ => (lane, i) => shape.StartsWith("m8", StringComparison.Ordinal)
            ? (lane >> 2, (lane & 3) * 2 + (i & 1))
            : (i < 2 ? lane >> 2 : (lane >> 2) + 8, (lane & 3) * 2 + (i & 1)),
    };

    private static (int, int) A(string shape, int bits, int g, int t, int i) => (shape, bits) switch
    {
        ("m16n8k4", 32) or ("m16n8k4", 64) => (i == 0 ? g : g + 8, t),
        ("m16n8k8", 32) => (i is 0 or 2 ? g : g + 8, i is 0 or 1 ? t : t + 4),
        ("m16n8k8", 16) => (i < 2 ? g : g + 8, t * 2 + (i & 1)),
        ("m16n8k16", 16) => (i is 0 or 1 or 4 or 5 ? g : g + 8, i < 4 ? t * 2 + (i & 1) : t * 2 + (i & 1) + 8),
        ("m16n8k16", 8) => (i < 4 ? g : g + 8, t * 4 + (i & 3)),
        ("m16n8k32", 8) => (i < 4 || i is >= 8 and < 12 ? g : g + 8, i < 8 ? t * 4 + (i & 3) : t * 4 + (i & 3) + 16),
        ("m16n8k32", 4) => (i < 8 ? g : g + 8, t * 8 + (i & 7)),
        ("m16n8k64", 4) => (i < 8 || i is >= 16 and < 24 ? g : g + 8, i < 16 ? t * 8 + (i & 7) : t * 8 + (i & 7) + 32),
        ("m16n8k128", 1) => (i < 32 ? g : g + 8, t * 32 + (i & 31)),
        ("m16n8k256", 1) => (i < 32 || i is >= 64 and < 96 ? g : g + 8, i < 64 ? t * 32 + (i & 31) : t * 32 + (i & 31) + 128),
        ("m8n8k16", 8) => (g, t * 4 + i),
        ("m8n8k32", 4) => (g, t * 8 + i),
        ("m8n8k128", 1) => (g, t * 32 + i),
        ("m8n8k4", 64) => (g, t),
        ("m16n8k8", 64) => (i % 2 == 0 ? g : g + 8, i < 2 ? t : t + 4),
        ("m16n8k16", 64) => (i % 2 == 0 ? g : g + 8, i % 2 == 0 ? i * 2 + t : i * 2 - 2 + t),
        _ => throw new ArgumentException(shape),
    };

    private static (int, int) B(string shape, int bits, int g, int t, int i) => (shape, bits) switch
    {
        ("m16n8k4", 32) or ("m16n8k4", 64) or ("m8n8k4", 64) => (t, g),
        ("m16n8k8", 32) => (i == 0 ? t : t + 4, g),
        ("m16n8k8", 16) => (t * 2 + i, g),
        ("m16n8k16", 16) => (i < 2 ? t * 2 + (i & 1) : t * 2 + (i & 1) + 8, g),
        ("m16n8k16", 8) or ("m8n8k16", 8) => (t * 4 + i, g),
        ("m16n8k32", 8) => (i < 4 ? t * 4 + (i & 3) : t * 4 + (i & 3) + 16, g),
        ("m16n8k32", 4) or ("m8n8k32", 4) => (t * 8 + i, g),
        ("m16n8k64", 4) => (i < 8 ? t * 8 + (i & 7) : t * 8 + (i & 7) + 32, g),
        ("m16n8k128", 1) or ("m8n8k128", 1) => (t * 32 + i, g),
        ("m16n8k256", 1) => (i < 32 ? t * 32 + i : t * 32 + (i & 31) + 128, g),
        ("m16n8k8", 64) or ("m16n8k16", 64) => (t + i * 4, g),
        _ => throw new ArgumentException(shape),
    };
}
