using NativeEngine.Core;

namespace NativeEngine.Cpu.Tests.Conv;

/// <summary>Convolution by plain loops in double over channels-last arrays.</summary>
internal static class ConvReference
{
    public static double[] Forward(in ConvSizes s, float[] x, float[] w, float[]? bias)
    {
        double[] y = new double[(long)s.N * s.P * s.Q * s.K];
        ConvSizes sizes = s;
        ForEach(s, (yi, xi, wi) => y[yi] += (double)x[xi] * w[wi]);
        if (bias != null)
        {
            for (int i = 0; i < y.Length; i++) y[i] += bias[i % sizes.K];
        }
        return y;
    }

    public static double[] BackwardData(in ConvSizes s, float[] w, float[] dy, float[]? before)
    {
        double[] dx = Start((long)s.N * s.H * s.W * s.C, before);
        ForEach(s, (yi, xi, wi) => dx[xi] += (double)dy[yi] * w[wi]);
        return dx;
    }

    public static double[] BackwardFilter(in ConvSizes s, float[] x, float[] dy, float[]? before)
    {
        double[] dw = Start((long)s.K * s.R * s.S * (s.C / s.Groups), before);
        ForEach(s, (yi, xi, wi) => dw[wi] += (double)dy[yi] * x[xi]);
        return dw;
    }

    private static double[] Start(long count, float[]? before)
    {
        double[] values = new double[count];
        if (before != null) for (int i = 0; i < count; i++) values[i] = before[i];
        return values;
    }

    /// <summary>Calls back with the places of y, x and w for every product of the convolution.</summary>
    private static void ForEach(ConvSizes s, Action<long, long, long> product)
    {
        int channels = s.C / s.Groups, filters = s.K / s.Groups;
        for (int n = 0; n < s.N; n++)
            for (int p = 0; p < s.P; p++)
                for (int q = 0; q < s.Q; q++)
                    for (int r = 0; r < s.R; r++)
                        for (int t = 0; t < s.S; t++)
                        {
                            int h = p * s.StrideH - s.PadH + r * s.DilationH, v = q * s.StrideW - s.PadW + t * s.DilationW;
                            if (h < 0 || h >= s.H || v < 0 || v >= s.W) continue;
                            for (int k = 0; k < s.K; k++)
                                for (int c = 0; c < channels; c++)
                                    product(((n * (long)s.P + p) * s.Q + q) * s.K + k, ((n * (long)s.H + h) * s.W + v) * s.C + k / filters * channels + c,
                                        ((k * (long)s.R + r) * s.S + t) * channels + c);
                        }
    }
}
