namespace NativeEngine.SoftGpu;

/// <summary>When and how the lanes of one warp touched words: what all the words of one access have in common.</summary>
internal struct AccessMoment : IEquatable<AccessMoment>
{
    public long Block;
    public int Warp;

    /// <summary>Barriers the block had passed.</summary>
    public int BarrierEpoch;

    /// <summary>Synchronisations the warp had passed.</summary>
    public int SyncEpoch;

    /// <summary>Fences the block had executed.</summary>
    public int Segment;
    public int Instruction;
    public bool IsStrong;

    /// <summary>A store of one plain value per lane; a second store of the same bits harms nobody.</summary>
    public bool IsPlainStore;

    public readonly bool Equals(AccessMoment other) =>
        Block == other.Block && Warp == other.Warp && BarrierEpoch == other.BarrierEpoch && SyncEpoch == other.SyncEpoch
        && Segment == other.Segment && Instruction == other.Instruction && IsStrong == other.IsStrong && IsPlainStore == other.IsPlainStore;

    public override readonly bool Equals(object? obj) => obj is AccessMoment other && Equals(other);

    public override readonly int GetHashCode() => HashCode.Combine(Block, Warp, BarrierEpoch, SyncEpoch, Instruction);
}

/// <summary>Who touched a word last in one way: eight bytes, so that words cost little; what they share is told once by their moment.</summary>
internal struct AccessMark
{
    /// <summary>Number of the moment times 16, plus one bit for each byte of the word that was touched; 0 for never.</summary>
    public uint Id;

    /// <summary>Lanes that took part in that moment.</summary>
    public uint Lanes;

    public readonly uint Bytes => Id & 15;
}

/// <summary>History of one 4-byte word: the last write and the last reads of two warps.</summary>
internal struct AccessCell
{
    public AccessMark Write;
    public AccessMark Read;
    public AccessMark OtherRead;

    /// <summary>Instruction that read it through the read-only path, plus one; 0 for none.</summary>
    public int NonCoherent;
}
