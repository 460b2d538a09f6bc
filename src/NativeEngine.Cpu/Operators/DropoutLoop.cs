using NativeEngine.Core;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Operators;

/// <summary>y (+)= x / (1-p) where the element's random number is at least p, else 0. Chunks start at whole Philox blocks.</summary>
internal readonly unsafe struct DropoutLoop(Partition parts, float* x, float* y, double p, PhiloxKey key, bool accumulate) : IChunkBody
{
    public void Invoke(int chunk, int worker)
    {
        float scale = (float)(1 / (1 - p));
        // A uniform number is k·2^-24 with a whole k, so the comparison with p is one of whole numbers.
        uint threshold = (uint)Math.Ceiling(p * 16777216.0);
        long end = parts.End(chunk);
        for (long i = parts.Start(chunk); i < end; i += 4)
        {
            var (w0, w1, w2, w3) = Philox.Block(key, (ulong)i >> 2);
            Element(i, w0, threshold, scale);
            if (i + 1 < end)
                Element(i + 1, w1, threshold, scale);
            if (i + 2 < end)
                Element(i + 2, w2, threshold, scale);
            if (i + 3 < end)
                Element(i + 3, w3, threshold, scale);
        }
    }

    private void Element(long i, uint bits, uint threshold, float scale)
    {
        float value = bits >> 8 >= threshold ? x[i] * scale : 0;
        y[i] = accumulate ? y[i] + value : value;
    }
}
