using NativeEngine.Core;

namespace NativeEngine.Verify;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void ConvForward(in ConvSizes s, Tensor x, Tensor w, Tensor? bias, Tensor y)
    {
        Grid xs = new(x), ws = new(w), ys = new(y);
        foreach (var i in Grid.Indices(y.Shape))
            ys[i] = Zero(bias, i[1]);
        foreach (var t in Taps(s))
            ys[t.N, t.K, t.P, t.Q] += xs[t.N, t.C, t.H, t.W] * ws[t.K, t.CInGroup, t.R, t.S];
    }

    /// <inheritdoc/>
    public void ConvBackwardData(in ConvSizes s, Tensor w, Tensor dy, GradTarget dx)
    {
        Grid ws = new(w), dys = new(dy), dxs = Start(dx);
        foreach (var t in Taps(s))
            dxs[t.N, t.C, t.H, t.W] += dys[t.N, t.K, t.P, t.Q] * ws[t.K, t.CInGroup, t.R, t.S];
    }

    /// <inheritdoc/>
    public void ConvBackwardFilter(in ConvSizes s, Tensor x, Tensor dy, GradTarget dw)
    {
        Grid xs = new(x), dys = new(dy), dws = Start(dw);
        foreach (var t in Taps(s))
            dws[t.K, t.CInGroup, t.R, t.S] += dys[t.N, t.K, t.P, t.Q] * xs[t.N, t.C, t.H, t.W];
    }

    /// <inheritdoc/>
    public void PoolForward(in PoolSizes s, Tensor x, Tensor y)
    {
        Grid xs = new(x), ys = new(y);
        foreach (var i in Grid.Indices(y.Shape))
        {
            var (rows, columns) = (s.Rows(i[2]), s.Columns(i[3]));
            double sum = 0, max = double.NegativeInfinity;
            for (int h = rows.Start; h < rows.End; h++)
            {
                for (int w = columns.Start; w < columns.End; w++)
                {
                    double value = xs[i[0], i[1], h, w];
                    sum += value;
                    max = Beats(value, max) ? value : max;
                }
            }

            ys[i] = s.Mode == PoolMode.Max ? max : sum / ((double)rows.Divisor * columns.Divisor);
        }
    }

    /// <inheritdoc/>
    public void PoolBackward(in PoolSizes s, Tensor x, Tensor y, Tensor dy, GradTarget dx)
    {
        Grid xs = new(x), dys = new(dy), dxs = Start(dx);
        foreach (var i in Grid.Indices(dy.Shape))
        {
            var (n, c, rows, columns) = (i[0], i[1], s.Rows(i[2]), s.Columns(i[3]));
            var (bestH, bestW) = (rows.Start, columns.Start);
            for (int h = rows.Start; h < rows.End; h++)
            {
                for (int w = columns.Start; w < columns.End; w++)
                {
                    if (s.Mode != PoolMode.Max)
                        dxs[n, c, h, w] += dys[i] / ((double)rows.Divisor * columns.Divisor);
                    else if (Beats(xs[n, c, h, w], xs[n, c, bestH, bestW]))
                        (bestH, bestW) = (h, w);
                }
            }

            if (s.Mode == PoolMode.Max)
                dxs[n, c, bestH, bestW] += dys[i];
        }
    }

    /// <summary>Every product a convolution sums: output (n, k, p, q) takes input (n, c, h, w) times filter (k, c in group, r, s).</summary>
    private static IEnumerable<Tap> Taps(ConvSizes s)
    {
        int channels = s.C / s.Groups, filters = s.K / s.Groups;
        foreach (var i in Grid.Indices(s.Output))
        {
            var (n, k, p, q) = (i[0], i[1], i[2], i[3]);
            for (int c = 0; c < channels; c++)
            {
                for (int r = 0; r < s.R; r++)
                {
                    int h = p * s.StrideH - s.PadH + r * s.DilationH;
                    for (int t = 0; t < s.S; t++)
                    {
                        int w = q * s.StrideW - s.PadW + t * s.DilationW;
                        if (h >= 0 && h < s.H && w >= 0 && w < s.W)
                            yield return new Tap(n, k, p, q, k / filters * channels + c, h, w, c, r, t);
                    }
                }
            }
        }
    }

    private readonly record struct Tap(int N, int K, int P, int Q, int C, int H, int W, int CInGroup, int R, int S);
}
