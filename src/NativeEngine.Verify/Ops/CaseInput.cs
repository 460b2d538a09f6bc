using NativeEngine.Core;

namespace NativeEngine.Verify;

/// <summary>One input of an <see cref="OpCase"/>: a shape and reproducible values, the same on every backend.</summary>
/// <param name="Name">The argument's name in PyTorch's spelling.</param>
/// <param name="Shape">Its extents.</param>
/// <param name="Values">Its elements in logical row-major order, drawn from the given random key.</param>
/// <param name="Type">Element type; null for the backend's float type.</param>
/// <param name="Gradient">A gradient is computed and compared.</param>
public sealed record CaseInput(string Name, Shape Shape, Func<PhiloxKey, double[]> Values, DType? Type = null, bool Gradient = true)
{
    /// <summary>Normally distributed values times <paramref name="scale"/>.</summary>
    public static CaseInput Normal(string name, Shape shape, double scale = 1) =>
        new(name, shape, key => Each(shape, i => scale * Philox.Normal(key, i)));

    /// <summary>Values spread evenly over [low, high).</summary>
    public static CaseInput Uniform(string name, Shape shape, double low, double high) =>
        new(name, shape, key => Each(shape, i => low + (high - low) * Philox.Uniform(key, i)));

    /// <summary>Few distinct values, so that many elements are equal.</summary>
    public static CaseInput Ties(string name, Shape shape) =>
        new(name, shape, key => Each(shape, i => Philox.Below(key, i, 3) - 1));

    /// <summary>
    /// Distinct values in random order, at least 0.03 apart and 0.01 from 0: no maximum changes hands and no kink at 0 is crossed when one
    /// of them moves a little.
    /// </summary>
    public static CaseInput Spaced(string name, Shape shape) => new(name, shape, key =>
    {
        var order = Philox.Permutation(key, (int)shape.Count);
        return Array.ConvertAll(order, i => Rounded((i - order.Length / 2) * 0.03 + 0.013));
    });

    /// <summary>These values.</summary>
    public static CaseInput Given(string name, Shape shape, params double[] values) => new(name, shape, _ => values);

    /// <summary>Int32 values 0 … bound-1.</summary>
    public static CaseInput RandomIds(string name, int count, int bound) =>
        new(name, [count], key => Each([count], i => Philox.Below(key, i, bound)), DType.Int32, false);

    /// <summary>Int32 values as given.</summary>
    public static CaseInput Ids(string name, params int[] values) => IdTable(name, [values.Length], values);

    /// <summary>Int32 values of any shape as given.</summary>
    public static CaseInput IdTable(string name, Shape shape, params int[] values) =>
        new(name, shape, _ => Array.ConvertAll(values, v => (double)v), DType.Int32, false);

    /// <summary>UInt8 values 0 … 255.</summary>
    public static CaseInput Pixels(string name, Shape shape) =>
        new(name, shape, key => Each(shape, i => Philox.Below(key, i, 256)), DType.UInt8, false);

    /// <summary>This input without a gradient.</summary>
    public CaseInput Constant() => this with { Gradient = false };

    /// <summary>The elements this input has in the case <paramref name="caseName"/>.</summary>
    public double[] Draw(string caseName) => Values(Key($"{caseName}/{Name}"));

    /// <summary>A key that depends on the text alone.</summary>
    internal static PhiloxKey Key(string text)
    {
        uint hash = 2166136261; // FNV-1a
        foreach (char c in text)
            hash = (hash ^ c) * 16777619;
        return new PhiloxKey(42, RandomStream.Synthetic, hash);
    }

    private static double[] Each(Shape shape, Func<ulong, double> value)
    {
        var values = new double[shape.Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = Rounded(value((ulong)i));
        return values;
    }

    // Rounded to float, so that a float backend starts from the very same numbers as the reference.
    private static double Rounded(double value) => (float)value;
}
