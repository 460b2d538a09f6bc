using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train;

/// <summary>What a classifier gives for a batch, with the right answers.</summary>
/// <param name="Logits">[N, K]</param>
/// <param name="Embeddings">The pooled features [N, D], where somebody asks for them.</param>
/// <param name="Labels">Int32 [N]</param>
/// <param name="Targets">The labels on the host.</param>
public sealed record ClassOutputs(Tensor Logits, Tensor? Embeddings, Tensor Labels, ClassIds Targets)
{
    /// <summary>Guesses that are looked at, the largest logit first.</summary>
    public const int Guesses = 5;

    private int[]? _ranks;

    /// <summary>Images.</summary>
    public int Count => Targets.Count;

    /// <summary>
    /// Place of each image's class among the guesses, from 0; -1 when it is not there. Equal logits stand in the order of their classes. Waits for the device.
    /// </summary>
    public IReadOnlyList<int> Ranks => _ranks ??= Rank();

    /// <summary>Images whose class is among the first <paramref name="k"/> guesses, at most <see cref="Guesses"/>; waits for the device.</summary>
    public int RightAmongFirst(int k) => Ranks.Count(r => r >= 0 && r < k);

    private int[] Rank()
    {
        int k = Math.Min(Guesses, Logits.Shape[1]);
        int[] guesses = Logits.TopK(k).Indices.ToArray<int>();
        var ranks = new int[Count];
        for (int i = 0; i < ranks.Length; i++)
            ranks[i] = guesses.AsSpan(i * k, k).IndexOf(Targets.Ids[i]);
        return ranks;
    }
}
