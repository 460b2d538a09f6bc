using NativeEngine.Core;

namespace NativeEngine.Verify;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void Reduce(ReduceOp op, Tensor x, GradTarget y)
    {
        var xs = new Grid(x);
        var ys = Start(y);
        var results = new Dictionary<string, double>();
        foreach (var i in Grid.Indices(ys.Shape))
            results[Key(i)] = op == ReduceOp.Max ? double.NegativeInfinity : 0;
        foreach (var i in Grid.Indices(x.Shape))
        {
            string key = Key(Project(i, ys.Shape));
            results[key] = op switch
            {
                ReduceOp.Sum or ReduceOp.Mean => results[key] + xs[i],
                ReduceOp.Max => Beats(xs[i], results[key]) ? xs[i] : results[key],
                _ => throw Unknown(op),
            };
        }

        double count = (double)x.Count / ys.Shape.Count;
        foreach (var i in Grid.Indices(ys.Shape))
            ys[i] += op == ReduceOp.Mean ? results[Key(i)] / count : results[Key(i)];
    }

    /// <inheritdoc/>
    public void ReduceMaxBackward(Tensor x, Tensor y, Tensor dy, GradTarget dx)
    {
        Grid xs = new(x), dys = new(dy), dxs = Start(dx);
        var winners = new Dictionary<string, int[]>();
        foreach (var i in Grid.Indices(x.Shape))
        {
            string key = Key(Project(i, y.Shape));
            if (!winners.TryGetValue(key, out var best) || Beats(xs[i], xs[best]))
                winners[key] = [.. i];
        }

        foreach (var i in winners.Values)
            dxs[i] += dys[Project(i, y.Shape)];
    }

    /// <inheritdoc/>
    public void ArgMax(Tensor x, Tensor index)
    {
        Grid xs = new(x), indices = new(index);
        for (int r = 0; r < x.Shape[0]; r++)
        {
            int best = 0;
            for (int i = 1; i < x.Shape[1]; i++)
            {
                if (Beats(xs[r, i], xs[r, best]))
                    best = i;
            }

            indices[r] = best;
        }
    }

    /// <inheritdoc/>
    public void TopK(Tensor x, Tensor values, Tensor index)
    {
        Grid xs = new(x), tops = new(values), indices = new(index);
        for (int r = 0; r < x.Shape[0]; r++)
        {
            var left = Enumerable.Range(0, x.Shape[1]).ToList();
            for (int j = 0; j < values.Shape[1]; j++)
            {
                int best = left[0];
                foreach (int i in left)
                {
                    if (Beats(xs[r, i], xs[r, best]))
                        best = i;
                }

                left.Remove(best);
                (tops[r, j], indices[r, j]) = (xs[r, best], best);
            }
        }
    }

    /// <inheritdoc/>
    public void TopKBackward(Tensor index, Tensor dy, GradTarget dx)
    {
        Grid indices = new(index), dys = new(dy), dxs = Start(dx);
        foreach (var i in Grid.Indices(dy.Shape))
            dxs[i[0], (int)indices[i]] += dys[i];
    }

    private static string Key(int[] index) => string.Join(',', index);
}
