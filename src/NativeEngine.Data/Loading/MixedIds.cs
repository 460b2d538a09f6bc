using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// One class for each image and that of the image it is mixed with; on the device the classes, Int32 [N], and rows [N, K]: the share of the own class and that
/// of
/// the other.
/// </summary>
/// <param name="capacity">Images at most.</param>
/// <param name="classes">K</param>
public sealed class MixedIds(int capacity, int classes) : ClassIds(capacity)
{
    private readonly int[] _partners = new int[capacity];
    private readonly float[] _shares = new float[capacity];

    /// <summary>The class of the image that image <paramref name="index"/> is mixed with.</summary>
    public int Partner(int index) => Ids[_partners[index]];

    /// <summary>The share of its own class, 0 … 1.</summary>
    public float Share(int index) => _shares[index];

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Send(Engine engine)
    {
        var rows = new float[Count * classes];
        for (int i = 0; i < Count; i++)
        {
            rows[(i * classes) + Ids[i]] += _shares[i];
            rows[(i * classes) + Partner(i)] += 1 - _shares[i];
        }

        return [.. base.Send(engine), engine.From((ReadOnlySpan<float>)rows, [Count, classes])];
    }

    /// <summary>Says what an image was mixed with.</summary>
    internal void Set(int index, int partner, double share) => (_partners[index], _shares[index]) = (partner, (float)share);

    /// <inheritdoc/>
    protected override ClassIds CreateCopy()
    {
        var copy = new MixedIds(Count, classes);
        _partners.AsSpan(0, Count).CopyTo(copy._partners);
        _shares.AsSpan(0, Count).CopyTo(copy._shares);
        return copy;
    }
}
