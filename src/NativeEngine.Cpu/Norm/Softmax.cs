using NativeEngine.Core;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu.Norm;

/// <summary>Softmax and its logarithm along the middle of [outer, length, inner].</summary>
internal static unsafe class Softmax
{
    private const int Grain = 4096;

    /// <summary>See <see cref="IBackend.SoftmaxForward"/>.</summary>
    public static void Forward(CpuContext context, in SoftmaxSizes s, float* x, float* y)
    {
        Partition lines = Lines(s);
        context.Pool.Run(lines.Chunks, new ForwardLines(lines, s, x, y));
    }

    /// <summary>See <see cref="IBackend.SoftmaxBackward"/>.</summary>
    public static void Backward(CpuContext context, in SoftmaxSizes s, float* y, float* dy, float* dx, bool accumulate)
    {
        Partition lines = Lines(s);
        context.Pool.Run(lines.Chunks, new BackwardLines(lines, s, y, dy, dx, accumulate));
    }

    private static Partition Lines(in SoftmaxSizes s) => Partition.Of(s.Length == 0 ? 0 : (long)s.Outer * s.Inner, Math.Max(1, Grain / Math.Max(1, s.Length)));

    private readonly struct ForwardLines(Partition lines, SoftmaxSizes s, float* x, float* y) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            long end = lines.End(chunk);
            for (long line = lines.Start(chunk); line < end; line++)
            {
                long at = line / s.Inner * s.Length * s.Inner + line % s.Inner;
                float* source = x + at, target = y + at;
                float largest = float.NegativeInfinity;
                for (int i = 0; i < s.Length; i++) largest = MathF.Max(largest, source[(nint)i * s.Inner]);
                double sum = 0;
                for (int i = 0; i < s.Length; i++)
                {
                    float e = MathF.Exp(source[(nint)i * s.Inner] - largest);
                    sum += e;
                    target[(nint)i * s.Inner] = e;
                }
                if (s.Log)
                {
                    float log = (float)Math.Log(sum);
                    for (int i = 0; i < s.Length; i++) target[(nint)i * s.Inner] = source[(nint)i * s.Inner] - largest - log;
                }
                else
                {
                    float inverse = (float)(1 / sum);
                    for (int i = 0; i < s.Length; i++) target[(nint)i * s.Inner] *= inverse;
                }
            }
        }
    }

    private readonly struct BackwardLines(Partition lines, SoftmaxSizes s, float* y, float* dy, float* dx, bool accumulate) : IChunkBody
    {
        public void Invoke(int chunk, int worker)
        {
            long end = lines.End(chunk);
            for (long line = lines.Start(chunk); line < end; line++)
            {
                long first = line / s.Inner * s.Length * s.Inner + line % s.Inner;
                double sum = 0;
                for (int i = 0; i < s.Length; i++)
                {
                    long at = first + (long)i * s.Inner;
                    sum += s.Log ? dy[at] : (double)dy[at] * y[at];
                }
                float total = (float)sum;
                for (int i = 0; i < s.Length; i++)
                {
                    long at = first + (long)i * s.Inner;
                    float value = s.Log ? dy[at] - MathF.Exp(y[at]) * total : y[at] * (dy[at] - total);
                    dx[at] = accumulate ? dx[at] + value : value;
                }
            }
        }
    }
}
