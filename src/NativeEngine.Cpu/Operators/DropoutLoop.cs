using NativeEngine.Core;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Operators;

/// <summary>y (+)= x / (1-p) where the element's random number is at least p, else 0. Chunks start at whole groups of Philox blocks.</summary>
internal readonly unsafe struct DropoutLoop(Partition parts, float* x, float* y, double p, PhiloxKey key, bool accumulate) : IChunkBody
{
    private const int Group = 4 * PhiloxBlocks.Count;

    public void Invoke(int chunk, int worker)
    {
        float scale = (float)(1 / (1 - p));
        // A uniform number is k·2^-24 with a whole k, so the comparison with p is one of whole numbers.
        uint threshold = (uint)Math.Ceiling(p * 16777216.0);
        uint* words = stackalloc uint[Group];
        long end = parts.End(chunk);
        for (long i = parts.Start(chunk); i < end; i += Group)
        {
            PhiloxBlocks.Fill(key, (ulong)i >> 2, words);
            int count = (int)Math.Min(Group, end - i);
            float* source = x + i, target = y + i;
            for (int k = 0; k < count; k++)
            {
                // All bits where the number reaches the threshold: a branch would be mispredicted at random.
                uint keep = (uint)((int)(threshold - 1 - (words[k] >> 8)) >> 31);
                float value = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(source[k] * scale) & keep);
                target[k] = accumulate ? target[k] + value : value;
            }
        }
    }
}
