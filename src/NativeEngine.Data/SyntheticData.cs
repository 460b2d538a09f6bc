using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>Made-up data for tests, dry runs and benchmarks.</summary>
public static class SyntheticData
{
    /// <summary>
    /// Images that can be learned: each class has a random pattern, each image is its class's pattern with uniform noise. A pure
    /// function of the arguments.
    /// </summary>
    /// <param name="count">Images.</param>
    /// <param name="classes">Classes; image i has class i mod classes.</param>
    /// <param name="size">(channels, height, width)</param>
    /// <param name="seed">Seed of patterns and noise.</param>
    /// <param name="part">Other noise on the same patterns: 0 for training, 1 for evaluation.</param>
    public static MemoryDataset Create(int count, int classes, (int C, int H, int W) size, ulong seed, uint part = 0)
    {
        int bytes = size.C * size.H * size.W;
        var patterns = new byte[classes * bytes];
        for (int i = 0; i < patterns.Length; i++)
            patterns[i] = (byte)Philox.Below(new PhiloxKey(seed, RandomStream.Synthetic, 0), (ulong)i, 160);
        var pixels = new byte[count * bytes];
        var labels = new int[count];
        for (int n = 0; n < count; n++)
        {
            labels[n] = n % classes;
            for (int i = 0; i < bytes; i++)
            {
                int noise = Philox.Below(new PhiloxKey(seed, RandomStream.Synthetic, 1 + part), (ulong)(n * bytes + i), 96);
                pixels[n * bytes + i] = (byte)(patterns[labels[n] * bytes + i] + noise);
            }
        }

        var names = Enumerable.Range(0, classes).Select(c => $"class{c}").ToArray();
        return MemoryDataset.Create($"synthetic {(part == 0 ? "train" : "eval")}", pixels, labels, size, names);
    }
}
