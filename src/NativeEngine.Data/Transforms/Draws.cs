using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// The random numbers of one image in one epoch, drawn one after the other: a pure function of (seed, epoch, image), whatever other images do and however many
/// workers there are.
/// </summary>
/// <param name="seed">The run's seed.</param>
/// <param name="stream">What they are for, one of <see cref="RandomStream"/>.</param>
/// <param name="epoch">The epoch, counted from 0.</param>
/// <param name="sample">The image's position in the data set, or the batch's in the epoch.</param>
public sealed class Draws(ulong seed, uint stream, int epoch, int sample)
{
    private const int Shift = 32; // numbers of an image

    private readonly PhiloxKey _key = new(seed, stream, (uint)epoch);
    private ulong _next = (ulong)sample << Shift;

    /// <summary>In [0, 1).</summary>
    public double Uniform() => Philox.Uniform(_key, _next++);

    /// <summary>In [low, high).</summary>
    public double Uniform(double low, double high) => low + ((high - low) * Uniform());

    /// <summary>In 0 … bound-1.</summary>
    public int Below(int bound) => Philox.Below(_key, _next++, bound);

    /// <summary>True with this chance.</summary>
    public bool Chance(double probability) => Uniform() < probability;

    /// <summary>x or -x, with equal chance.</summary>
    public double Sign(double x) => Below(2) == 0 ? x : -x;

    /// <summary>From the standard normal distribution.</summary>
    public double Normal()
    {
        // Two uniform numbers, so that normal and uniform draws share one count.
        double u = (Philox.Bits(_key, _next++) + 1.0) / 4294967296.0, v = Philox.Bits(_key, _next++) / 4294967296.0;
        return Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * v);
    }

    /// <summary>From the gamma distribution with this shape and scale 1 (Marsaglia and Tsang 2000).</summary>
    public double Gamma(double shape)
    {
        if (shape < 1)
            return Gamma(shape + 1) * Math.Pow(1 - Uniform(), 1 / shape);
        double d = shape - (1.0 / 3), c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = Normal(), v = 1 + (c * x);
            v = v * v * v;
            if (v > 0 && Math.Log(1 - Uniform()) < (0.5 * x * x) + d - (d * v) + (d * Math.Log(v)))
                return d * v;
        }
    }

    /// <summary>From the beta distribution.</summary>
    public double Beta(double a, double b)
    {
        double x = Gamma(a), y = Gamma(b);
        return x + y > 0 ? x / (x + y) : 0.5;
    }

    /// <summary>A random order of 0 … count-1.</summary>
    public int[] Order(int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int j = Below(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }
}
