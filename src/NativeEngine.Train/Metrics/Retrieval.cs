using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Train;

/// <summary>
/// Recall@1 of embeddings: the share of images whose nearest other image is of the same class, in percent. Images whose class has no other image are left
/// out; ties take the first image. The embeddings wait on the host; the products of all pairs are made block by block, so memory grows with their number,
/// not its square.
/// </summary>
/// <param name="engine">Computes the products.</param>
/// <param name="distance">What near means; the angle to a row of zeros is a right one.</param>
public sealed class Retrieval(Engine engine, EmbeddingDistance distance)
{
    private const int QueryBlock = 256, GalleryBlock = 4096;

    private readonly List<float[]> _rows = [];
    private readonly List<int> _labels = [];

    /// <summary>Adds the images of a batch; waits for the device.</summary>
    /// <param name="embeddings">[B, D]</param>
    /// <param name="labels">The class of each.</param>
    public void Add(Tensor embeddings, ReadOnlySpan<int> labels)
    {
        _rows.AddRange(embeddings.ToArray<float>().Chunk(embeddings.Shape[1]));
        _labels.AddRange(labels);
    }

    /// <summary>Searches for every image; 0 when no class has two.</summary>
    /// <param name="stop">Ends the search with <see cref="OperationCanceledException"/>.</param>
    public double RecallAt1(CancellationToken stop)
    {
        int count = _rows.Count, size = count > 0 ? _rows[0].Length : 0;
        if (count < 2 || size == 0)
            return 0;
        var shares = Prepare(size);
        var nearest = new int[count];
        var closest = new float[count];
        Array.Fill(nearest, -1);
        for (int from = 0; from < count; from += GalleryBlock)
        {
            int gallery = Math.Min(GalleryBlock, count - from), k = Math.Min(2, gallery); // the image itself is one of the two
            using var outer = engine.BeginStep();
            Tensor others = Rows(from, gallery, size), bias = engine.From(shares.AsSpan(from, gallery), [gallery]);
            for (int first = 0; first < count; first += QueryBlock)
            {
                stop.ThrowIfCancellationRequested();
                int queries = Math.Min(QueryBlock, count - first);
                using var inner = engine.BeginStep();
                var (values, indices) = Rows(first, queries, size).Linear(others, bias).TopK(k);
                float[] scores = values.ToArray<float>();
                int[] positions = indices.ToArray<int>();
                for (int i = 0; i < queries; i++)
                {
                    int at = i * k;
                    if (from + positions[at] == first + i && ++at == (i + 1) * k)
                        continue; // a block of the image alone
                    if (nearest[first + i] < 0 || scores[at] > closest[first + i])
                        (nearest[first + i], closest[first + i]) = (from + positions[at], scores[at]);
                }
            }
        }

        var sizes = _labels.CountBy(l => l).ToDictionary();
        int asked = _labels.Count(l => sizes[l] > 1), right = nearest.Where((n, i) => sizes[_labels[i]] > 1 && n >= 0 && _labels[n] == _labels[i]).Count();
        return asked == 0 ? 0 : 100.0 * right / asked;
    }

    /// <summary>
    /// Makes the nearest image the one with the largest a·b + share(b): rows of length 1 and no share for angles; else, as |a - b|² = |a|² - 2(a·b - |b|²/2),
    /// the share -|b|²/2, with the rows moved to their centre first so that less is lost in the difference.
    /// </summary>
    private float[] Prepare(int size)
    {
        var centre = new double[size];
        if (distance == EmbeddingDistance.Euclidean)
        {
            foreach (float[] row in _rows)
            {
                for (int d = 0; d < size; d++)
                    centre[d] += row[d] / (double)_rows.Count;
            }
        }

        var shares = new float[_rows.Count];
        for (int i = 0; i < shares.Length; i++)
        {
            float[] row = _rows[i];
            double square = 0;
            for (int d = 0; d < size; d++)
                square += (row[d] - centre[d]) * (row[d] - centre[d]);
            double factor = distance == EmbeddingDistance.Cosine ? square > 0 ? 1 / Math.Sqrt(square) : 0 : 1;
            for (int d = 0; d < size; d++)
                row[d] = (float)((row[d] - centre[d]) * factor);
            shares[i] = distance == EmbeddingDistance.Cosine ? 0 : (float)(-square / 2);
        }

        return shares;
    }

    private Tensor Rows(int first, int count, int size)
    {
        var values = new float[count * size];
        for (int i = 0; i < count; i++)
            _rows[first + i].CopyTo(values, i * size);
        return engine.From(values.AsSpan(), [count, size]);
    }
}
