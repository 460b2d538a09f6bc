using NativeEngine.Core;

namespace NativeEngine.Cuda.Kernels.Checks;

/// <summary>Random test data: a stream of Philox numbers, so that a seed replays a check exactly.</summary>
public sealed class CheckRandom(ulong seed, uint stream)
{
    private readonly PhiloxKey _key = new(seed, RandomStream.Synthetic + stream, 0);
    private ulong _next;

    /// <summary>A float between the bounds.</summary>
    public float Between(float low, float high) => low + (high - low) * Philox.Uniform(_key, _next++);

    /// <summary>An integer of 0 … bound-1.</summary>
    public int Below(int bound) => Philox.Below(_key, _next++, bound);

    /// <summary>Floats between the bounds.</summary>
    public float[] Floats(long count, float low = -2, float high = 2)
    {
        var values = new float[count];
        for (int i = 0; i < values.Length; i++)
            values[i] = Between(low, high);
        return values;
    }

    /// <summary>Integers of 0 … bound-1.</summary>
    public int[] Integers(long count, int bound)
    {
        var values = new int[count];
        for (int i = 0; i < values.Length; i++)
            values[i] = Below(bound);
        return values;
    }
}
