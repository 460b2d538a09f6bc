using NativeEngine.Core;

namespace NativeEngine.Verify;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void Upload(Tensor y, ReadOnlySpan<byte> source) => source.CopyTo(Bytes(y));

    /// <inheritdoc/>
    public void Download(Tensor x, Span<byte> target) => Bytes(x).CopyTo(target);

    /// <inheritdoc/>
    public void Fill(Tensor y, double value)
    {
        var ys = Grid.AnyStrides(y);
        foreach (var i in Grid.Indices(y.Shape))
            ys[i] = value;
    }

    /// <inheritdoc/>
    public void Cast(Tensor x, Tensor y) => Copy(x, y, GradMode.Overwrite);

    /// <inheritdoc/>
    public void Copy(Tensor x, Tensor y, GradMode mode, double scale = 1)
    {
        Grid xs = Grid.AnyStrides(x), ys = Grid.AnyStrides(y);
        foreach (var i in Grid.Indices(y.Shape))
            ys[i] = (mode == GradMode.Accumulate ? ys[i] : 0) + scale * xs[i];
    }

    /// <inheritdoc/>
    public void GatherRows(Tensor x, Tensor index, Tensor y)
    {
        Grid xs = new(x), ids = new(index), ys = new(y);
        foreach (var i in Grid.Indices(y.Shape))
            ys[i] = xs[[Row(ids, i[0], x.Shape[0]), .. i[1..]]];
    }

    /// <inheritdoc/>
    public void GatherRowsBackward(Tensor index, Tensor dy, GradTarget dx)
    {
        Grid ids = new(index), dys = new(dy), dxs = Start(dx);
        foreach (var i in Grid.Indices(dy.Shape))
            dxs[[Row(ids, i[0], dxs.Shape[0]), .. i[1..]]] += dys[i];
    }

    /// <inheritdoc/>
    public void ImageBatch(in ImageBatchSizes s, Tensor pixels, Tensor place, Tensor mean, Tensor std, Tensor y)
    {
        Grid xs = new(pixels), places = new(place), means = new(mean), stds = new(std), ys = new(y);
        foreach (var i in Grid.Indices(y.Shape))
        {
            var (n, c, h, w) = (i[0], i[1], i[2], i[3]);
            bool mirrored = places[n, 2] != 0;
            int row = h + (int)places[n, 0] - (s.OutH - s.H) / 2;
            int column = (mirrored ? s.OutW - 1 - w : w) + (int)places[n, 1] - (s.OutW - s.W) / 2;
            bool inside = row >= 0 && row < s.H && column >= 0 && column < s.W;
            ys[i] = inside ? (xs[n, c, row, column] / 255 - means[c]) / stds[c] : s.Fill;
        }
    }

    private static int Row(Grid index, int i, int rows)
    {
        int row = (int)index[i];
        return row >= 0 && row < rows ? row : throw new ShapeException("gather_rows", $"index {row} at position {i}: expects a row in 0..{rows - 1}");
    }

    private static Span<byte> Bytes(Tensor x)
    {
        _ = new Grid(x); // dense, or it says so
        int size = x.DType.Size();
        return ((ReferenceBuffer)x.Buffer).Data.AsSpan((int)(x.Offset * size), (int)(x.Count * size));
    }
}
