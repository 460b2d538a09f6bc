using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Train.Tests;

/// <summary>Recall@1 against a search in double over all pairs.</summary>
internal sealed class RetrievalTests
{
    private const int Seed = 11;

    private static double Recall(EmbeddingDistance distance, float[][] rows, int[] labels, int batch)
    {
        using var engine = Lab.Engine();
        using var noGrad = engine.NoGrad();
        var retrieval = new Retrieval(engine, distance);
        for (int i = 0; i < rows.Length; i += batch)
        {
            using var step = engine.BeginStep();
            var part = rows.Skip(i).Take(batch).ToArray();
            retrieval.Add(engine.From([.. part.SelectMany(r => r)], [part.Length, part[0].Length]), labels.AsSpan(i, part.Length));
        }

        return retrieval.RecallAt1(default);
    }

    private static double Slow(EmbeddingDistance distance, float[][] rows, int[] labels)
    {
        double Far(float[] a, float[] b)
        {
            double dot = 0, square = 0, lengthA = 0, lengthB = 0;
            for (int d = 0; d < a.Length; d++)
                (dot, square, lengthA, lengthB) =
                    (dot + (double)a[d] * b[d], square + Math.Pow((double)a[d] - b[d], 2), lengthA + (double)a[d] * a[d], lengthB + (double)b[d] * b[d]);
            return distance == EmbeddingDistance.Euclidean ? square : -dot / Math.Sqrt(lengthA * lengthB);
        }

        int asked = 0, right = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            var others = Enumerable.Range(0, rows.Length).Where(j => j != i).ToArray();
            if (!others.Any(j => labels[j] == labels[i]))
                continue;
            asked++;
            right += labels[others.MinBy(j => Far(rows[i], rows[j]))] == labels[i] ? 1 : 0;
        }

        return 100.0 * right / asked;
    }

    // The shift stands for embeddings whose differences are small beside their lengths.
    [TestCase(2, 3, 0f)]
    [TestCase(300, 8, 0f)]
    [TestCase(301, 5, 100f)]
    [TestCase(4200, 4, 0f)] // more than one block of the gallery
    public void Equals_a_search_over_all_pairs(int count, int size, float shift)
    {
        TestContext.Out.WriteLine($"seed {Seed}");
        foreach (var distance in Enum.GetValues<EmbeddingDistance>())
        {
            var random = new Random(Seed);
            int[] labels = [.. Enumerable.Range(0, count).Select(i => i == 0 && count > 2 ? 99 : random.Next(5))];
            float[][] rows = [.. labels.Select(l => Enumerable.Range(0, size).Select(d => (float)random.NextDouble() + (d == l % size ? 0.4f : 0) + shift)
                .ToArray())];
            double expected = count == 2 && labels[0] != labels[1] ? 0 : Slow(distance, rows, labels), got = Recall(distance, rows, labels, 64);
            double one = 100.0 / count; // two neighbours that are equally near but for rounding
            Assert.That(got, Is.EqualTo(expected).Within(distance == EmbeddingDistance.Cosine && shift > 0 ? 4 * one : one), $"{distance}");
        }
    }

    [Test]
    public void Ties_take_the_first_image_and_what_cannot_be_right_is_left_out()
    {
        float[][] same = [.. Enumerable.Range(0, 5).Select(_ => new float[] { 1, 2 })];
        Assert.That(Recall(EmbeddingDistance.Euclidean, same, [0, 1, 1, 0, 1], 5), Is.EqualTo(20),
            "each is nearest to image 0, and image 0 to image 1: only image 3 is right");
        Assert.That(Recall(EmbeddingDistance.Cosine, [[0, 0], [0, 0]], [3, 3], 1), Is.EqualTo(100), "zero rows are compared, too");
        Assert.That(Recall(EmbeddingDistance.Euclidean, [[0], [1], [2]], [0, 1, 2], 3), Is.EqualTo(0), "no class has two images");
        Assert.That(Recall(EmbeddingDistance.Euclidean, [[0]], [0], 1), Is.EqualTo(0));
        Assert.That(Recall(EmbeddingDistance.Euclidean, [[float.NaN], [1], [1.5f]], [0, 0, 0], 3), Is.InRange(0, 100),
            "embeddings that are no numbers find nothing to compare");
    }
}
