namespace NativeEngine.SoftGpu;

/// <summary>Who touched a word last in one way, and when.</summary>
internal struct AccessMark
{
    /// <summary>Block number plus one; 0 for never.</summary>
    public long Block;

    /// <summary>Lanes of the warp that took part at the same time.</summary>
    public uint Lanes;
    public int Warp;

    /// <summary>Barriers the block had passed.</summary>
    public int BarrierEpoch;

    /// <summary>Synchronisations the warp had passed.</summary>
    public int SyncEpoch;

    /// <summary>Fences the block had executed.</summary>
    public int Segment;
    public int Instruction;

    /// <summary>Bytes of the word that were touched, one bit each.</summary>
    public byte Bytes;
    public bool IsStrong;

    /// <summary>The bits a plain store wrote into the word; a second store of the same bits harms nobody.</summary>
    public uint Value;
    public bool HasValue;
}

/// <summary>History of one 4-byte word: the last write and the last reads of two warps.</summary>
internal struct AccessCell
{
    public AccessMark Write;
    public AccessMark Read;
    public AccessMark OtherRead;
    public bool WasReadNonCoherently;
    public int NonCoherentInstruction;
}
