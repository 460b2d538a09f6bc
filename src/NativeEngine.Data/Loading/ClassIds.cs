using System.Runtime.InteropServices;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>One class for each image; on the device one tensor, Int32 [N].</summary>
/// <param name="capacity">Images at most.</param>
public class ClassIds(int capacity) : TargetBatch
{
    private readonly int[] _ids = new int[capacity];

    /// <summary>[Count]</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <inheritdoc/>
    protected override void Read(Dataset data, ReadOnlySpan<int> samples)
    {
        for (int i = 0; i < samples.Length; i++)
            _ids[i] = data.Label(samples[i]);
    }

    /// <inheritdoc/>
    protected override TargetBatch CopyValues()
    {
        var copy = CreateCopy();
        Ids.CopyTo(copy._ids);
        return copy;
    }

    /// <summary>A batch of the same kind and length, with what it knows besides the classes.</summary>
    protected virtual ClassIds CreateCopy() => new(Count);

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Send(Engine engine) => [engine.FromDense(MemoryMarshal.AsBytes(Ids), [Count], DType.Int32)];
}
