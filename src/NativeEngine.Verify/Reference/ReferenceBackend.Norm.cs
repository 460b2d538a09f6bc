using NativeEngine.Core;

namespace NativeEngine.Verify;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void BatchNormForward(in BatchNormSizes s, Tensor x, Tensor? residual, Tensor? weight, Tensor? bias, Tensor? runningMean, Tensor? runningVar,
        Tensor y, Tensor savedMean, Tensor savedInvStd)
    {
        Grid xs = new(x), ys = new(y), means = new(savedMean), invStds = new(savedInvStd);
        for (int c = 0; c < s.C; c++)
        {
            double mean, variance;
            if (s.Training)
            {
                (mean, variance) = Moments(xs, Channel(s, c));
                if (runningMean is not null && s.Pixels > 0)
                {
                    Grid runMean = new(runningMean), runVar = new(runningVar!);
                    runMean[c] = (1 - s.Momentum) * runMean[c] + s.Momentum * mean;
                    runVar[c] = (1 - s.Momentum) * runVar[c] + s.Momentum * variance * s.Pixels / (s.Pixels - 1);
                }
            }
            else
            {
                (mean, variance) = (new Grid(runningMean!)[c], new Grid(runningVar!)[c]);
            }

            (means[c], invStds[c]) = (mean, 1 / Math.Sqrt(variance + s.Eps));
            foreach (long i in Channel(s, c))
            {
                double value = One(weight, c) * (xs.At(i) - mean) * invStds[c] + Zero(bias, c) + (residual is null ? 0 : new Grid(residual).At(i));
                ys.Set(i, s.Relu && value <= 0 ? 0 : value);
            }
        }
    }

    /// <inheritdoc/>
    public void BatchNormBackward(in BatchNormSizes s, Tensor x, Tensor y, Tensor dy, Tensor? weight, Tensor savedMean, Tensor savedInvStd, GradTarget dx,
        GradTarget dResidual, GradTarget dWeight, GradTarget dBias)
    {
        Grid xs = new(x), ys = new(y), dys = new(dy), means = new(savedMean), invStds = new(savedInvStd);
        bool relu = s.Relu;
        double Upstream(long i) => relu && !(ys.At(i) > 0) ? 0 : dys.At(i); // dy behind the ReLU
        Grid? dxs = Wanted(dx), dWeights = Wanted(dWeight), dBiases = Wanted(dBias), dResiduals = Wanted(dResidual);
        for (long i = 0; i < x.Count; i++)
            dResiduals?.Add(i, Upstream(i));
        for (int c = 0; c < s.C; c++)
        {
            var (mean, invStd, gamma) = (means[c], invStds[c], One(weight, c));
            Affine(xs, Upstream, Channel(s, c), mean, invStd, _ => c, dWeights, dBiases);
            if (dxs is null)
                continue;
            if (s.Training)
            {
                Normalised(xs, Upstream, Channel(s, c), mean, invStd, _ => gamma, dxs.Value);
                continue;
            }

            foreach (long i in Channel(s, c))
                dxs.Value.Add(i, Upstream(i) * gamma * invStd);
        }
    }

    /// <inheritdoc/>
    public void LayerNormForward(in LayerNormSizes s, Tensor x, Tensor? weight, Tensor? bias, Tensor y, Tensor savedMean, Tensor savedInvStd)
    {
        for (int r = 0; r < s.Rows; r++)
        {
            long start = (long)r * s.Columns;
            NormForward(x, y, Run(s, r), r, s.Eps, i => (int)(i - start), weight, bias, savedMean, savedInvStd);
        }
    }

    /// <inheritdoc/>
    public void LayerNormBackward(in LayerNormSizes s, Tensor x, Tensor dy, Tensor? weight, Tensor savedMean, Tensor savedInvStd, GradTarget dx,
        GradTarget dWeight, GradTarget dBias)
    {
        Grid? dxs = Wanted(dx), dWeights = Wanted(dWeight), dBiases = Wanted(dBias);
        for (int r = 0; r < s.Rows; r++)
        {
            long start = (long)r * s.Columns;
            NormBackward(x, dy, Run(s, r), r, i => (int)(i - start), weight, savedMean, savedInvStd, dxs, dWeights, dBiases);
        }
    }

    /// <inheritdoc/>
    public void GroupNormForward(in GroupNormSizes s, Tensor x, Tensor? weight, Tensor? bias, Tensor y, Tensor savedMean, Tensor savedInvStd)
    {
        int channels = s.C;
        for (int n = 0; n < s.N; n++)
        {
            for (int g = 0; g < s.Groups; g++)
                NormForward(x, y, Group(s, n, g), n * s.Groups + g, s.Eps, i => (int)(i % channels), weight, bias, savedMean, savedInvStd);
        }
    }

    /// <inheritdoc/>
    public void GroupNormBackward(in GroupNormSizes s, Tensor x, Tensor dy, Tensor? weight, Tensor savedMean, Tensor savedInvStd, GradTarget dx,
        GradTarget dWeight, GradTarget dBias)
    {
        int channels = s.C;
        Grid? dxs = Wanted(dx), dWeights = Wanted(dWeight), dBiases = Wanted(dBias);
        for (int n = 0; n < s.N; n++)
        {
            for (int g = 0; g < s.Groups; g++)
                NormBackward(x, dy, Group(s, n, g), n * s.Groups + g, i => (int)(i % channels), weight, savedMean, savedInvStd, dxs, dWeights, dBiases);
        }
    }

    /// <inheritdoc/>
    public void SoftmaxForward(in SoftmaxSizes s, Tensor x, Tensor y)
    {
        Grid xs = new(x), ys = new(y);
        foreach (var line in Lines(s))
        {
            double max = line.Aggregate(double.NegativeInfinity, (best, i) => Beats(xs.At(i), best) ? xs.At(i) : best);
            double sum = line.Sum(i => Math.Exp(xs.At(i) - max));
            foreach (long i in line)
                ys.Set(i, s.Log ? xs.At(i) - max - Math.Log(sum) : Math.Exp(xs.At(i) - max) / sum);
        }
    }

    /// <inheritdoc/>
    public void SoftmaxBackward(in SoftmaxSizes s, Tensor y, Tensor dy, GradTarget dx)
    {
        Grid ys = new(y), dys = new(dy), dxs = Start(dx);
        bool log = s.Log;
        foreach (var line in Lines(s))
        {
            double sum = line.Sum(i => log ? dys.At(i) : dys.At(i) * ys.At(i));
            foreach (long i in line)
                dxs.Add(i, log ? dys.At(i) - Math.Exp(ys.At(i)) * sum : ys.At(i) * (dys.At(i) - sum));
        }
    }

    // ---- Memory positions that are normalised together ----

    private static IEnumerable<long> Channel(BatchNormSizes s, int c) => Enumerable.Range(0, s.Pixels).Select(p => (long)p * s.C + c);

    private static IEnumerable<long> Run(LayerNormSizes s, int r) => Enumerable.Range(0, s.Columns).Select(i => (long)r * s.Columns + i);

    private static IEnumerable<long> Group(GroupNormSizes s, int n, int g)
    {
        int width = s.C / s.Groups;
        return from p in Enumerable.Range(0, s.Pixels)
               from c in Enumerable.Range(g * width, width)
               select ((long)n * s.Pixels + p) * s.C + c;
    }

    private static IEnumerable<long[]> Lines(SoftmaxSizes s) =>
        from outer in Enumerable.Range(0, s.Outer)
        from inner in Enumerable.Range(0, s.Length == 0 ? 0 : s.Inner)
        select Enumerable.Range(0, s.Length).Select(i => ((long)outer * s.Length + i) * s.Inner + inner).ToArray();

    // ---- One set of positions ----

    private static (double Mean, double Variance) Moments(Grid x, IEnumerable<long> positions)
    {
        var values = positions.Select(x.At).ToArray();
        double mean = values.Sum() / values.Length;
        return (mean, values.Sum(v => (v - mean) * (v - mean)) / values.Length);
    }

    private static void NormForward(Tensor x, Tensor y, IEnumerable<long> positions, int slot, double eps, Func<long, int> channel, Tensor? weight,
        Tensor? bias, Tensor savedMean, Tensor savedInvStd)
    {
        Grid xs = new(x), ys = new(y);
        var (mean, variance) = Moments(xs, positions);
        double invStd = 1 / Math.Sqrt(variance + eps);
        new Grid(savedMean).Set(slot, mean);
        new Grid(savedInvStd).Set(slot, invStd);
        foreach (long i in positions)
            ys.Set(i, One(weight, channel(i)) * (xs.At(i) - mean) * invStd + Zero(bias, channel(i)));
    }

    private static void NormBackward(Tensor x, Tensor dy, IEnumerable<long> positions, int slot, Func<long, int> channel, Tensor? weight, Tensor savedMean,
        Tensor savedInvStd, Grid? dx, Grid? dWeight, Grid? dBias)
    {
        Grid xs = new(x), dys = new(dy);
        double mean = new Grid(savedMean).At(slot), invStd = new Grid(savedInvStd).At(slot);
        Affine(xs, dys.At, positions, mean, invStd, channel, dWeight, dBias);
        if (dx is not null)
            Normalised(xs, dys.At, positions, mean, invStd, i => One(weight, channel(i)), dx.Value);
    }

    /// <summary>dγ += Σ dy·x̂ and dβ += Σ dy with x̂ = (x - μ)/σ.</summary>
    private static void Affine(Grid x, Func<long, double> dy, IEnumerable<long> positions, double mean, double invStd, Func<long, int> channel, Grid? dWeight,
        Grid? dBias)
    {
        foreach (long i in positions)
        {
            dWeight?.Add(channel(i), dy(i) * (x.At(i) - mean) * invStd);
            dBias?.Add(channel(i), dy(i));
        }
    }

    /// <summary>dx += (g - mean(g) - x̂·mean(g·x̂))/σ with g = γ·dy: the gradient through μ and σ of the same values.</summary>
    private static void Normalised(Grid x, Func<long, double> dy, IEnumerable<long> positions, double mean, double invStd, Func<long, double> gamma, Grid dx)
    {
        var all = positions.ToArray();
        double meanG = all.Sum(i => gamma(i) * dy(i)) / all.Length;
        double meanGx = all.Sum(i => gamma(i) * dy(i) * (x.At(i) - mean) * invStd) / all.Length;
        foreach (long i in all)
            dx.Add(i, invStd * (gamma(i) * dy(i) - meanG - (x.At(i) - mean) * invStd * meanGx));
    }

    private static double One(Tensor? weight, int c) => weight is null ? 1 : new Grid(weight)[c];

    private static double Zero(Tensor? bias, int c) => bias is null ? 0 : new Grid(bias)[c];

    private static Grid? Wanted(GradTarget target) => target.Wanted ? Start(target) : null;
}
