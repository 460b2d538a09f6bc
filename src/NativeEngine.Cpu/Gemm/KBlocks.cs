namespace NativeEngine.Cpu.Gemm;

/// <summary>Cuts the k-extent of a product into nearly equal blocks that fit the caches.</summary>
internal readonly struct KBlocks
{
    private const int Unit = 8;
    private readonly int _k;

    public KBlocks(int k, int maxBlock)
    {
        _k = k;
        Count = (k + maxBlock - 1) / maxBlock;
    }

    /// <summary>Number of blocks; 0 for k = 0.</summary>
    public int Count { get; }

    /// <summary>An upper bound of the lengths, at most one unit above the longest.</summary>
    public int Longest => Count == 0 ? 0 : ((_k + Unit - 1) / Unit + Count - 1) / Count * Unit;

    /// <summary>First k of a block; <c>Start(Count)</c> is k.</summary>
    public int Start(int block) => Math.Min(_k, (int)((long)((_k + Unit - 1) / Unit) * block / Count) * Unit);

    /// <summary>Number of k in a block.</summary>
    public int Length(int block) => Start(block + 1) - Start(block);
}
