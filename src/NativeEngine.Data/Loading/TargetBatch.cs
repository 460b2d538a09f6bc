using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// What the images of a batch are to be answered with, on the host; a kind for each form of answer: <see cref="ClassIds"/>, <see cref="ClassRows"/>,
/// <see cref="BoxTargets"/>.
/// </summary>
public abstract class TargetBatch
{
    /// <summary>Images.</summary>
    public int Count { get; private set; }

    /// <summary>Reads the answers of images.</summary>
    /// <param name="data">The images.</param>
    /// <param name="samples">Their positions, at most as many as the batch was made for.</param>
    public void Fill(Dataset data, ReadOnlySpan<int> samples)
    {
        Count = samples.Length;
        Read(data, samples);
    }

    /// <summary>Takes over the answers of images.</summary>
    protected abstract void Read(Dataset data, ReadOnlySpan<int> samples);

    /// <summary>A batch of the same contents that stays valid.</summary>
    public TargetBatch Copy()
    {
        var copy = CopyValues();
        copy.Count = Count;
        return copy;
    }

    /// <summary>The values alone.</summary>
    protected abstract TargetBatch CopyValues();

    /// <summary>Copies the answers to a device, into the current step.</summary>
    public abstract IReadOnlyList<Tensor> Send(Engine engine);
}
