using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Draws the first values of a parameter: a pure function of the key and of each element's row-major position, so parts can be drawn in any order.
/// </summary>
/// <param name="values">The elements from <paramref name="first"/> on.</param>
/// <param name="key">The parameter's stream.</param>
/// <param name="first">Position of the first element, a multiple of 4.</param>
public delegate void Initializer(Span<float> values, PhiloxKey key, int first);

/// <summary>The usual initial distributions.</summary>
public static class Init
{
    /// <summary>Every element is <paramref name="value"/>.</summary>
    public static Initializer Constant(float value) => (values, _, _) => values.Fill(value);

    /// <summary>Uniform in [-bound, bound).</summary>
    public static Initializer Uniform(double bound) => (values, key, first) =>
    {
        float width = (float)(2 * bound), low = (float)-bound;
        for (int i = 0; i < values.Length; i += 4)
        {
            var (w0, w1, w2, w3) = Philox.Block(key, (ulong)(first + i) >> 2);
            Set(values, i, low + width * Philox.ToUniform(w0));
            Set(values, i + 1, low + width * Philox.ToUniform(w1));
            Set(values, i + 2, low + width * Philox.ToUniform(w2));
            Set(values, i + 3, low + width * Philox.ToUniform(w3));
        }
    };

    /// <summary>Normal with mean 0 and this standard deviation.</summary>
    public static Initializer Normal(double std) => (values, key, first) =>
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(std * Philox.Normal(key, (ulong)(first + i)));
    };

    /// <summary>
    /// PyTorch's default for weights of linear and convolution layers: kaiming_uniform with a = √5 (He et al. 2015), which is uniform with
    /// bound 1/√fanIn.
    /// </summary>
    public static Initializer FanInUniform(int fanIn) => fanIn == 0 ? Constant(0) : Uniform(1 / Math.Sqrt(fanIn));

    /// <summary>kaiming_normal for ReLU (He et al. 2015): normal with variance 2/fan.</summary>
    public static Initializer KaimingNormal(int fan) => Normal(Math.Sqrt(2.0 / fan));

    /// <summary>kaiming_uniform for ReLU (He et al. 2015): uniform with bound √(6/fan).</summary>
    public static Initializer KaimingUniform(int fan) => Uniform(Math.Sqrt(6.0 / fan));

    private static void Set(Span<float> values, int i, float value)
    {
        if (i < values.Length)
            values[i] = value;
    }
}
