namespace NativeEngine.SoftGpu;

/// <summary>When and how lanes of one warp touched words: what all the words of one access have in common.</summary>
internal struct AccessMoment
{
    public long Block;
    public int Warp;

    /// <summary>The warp's clock.</summary>
    public int Clock;
    public int Instruction;
    public AccessInfo Access;
}

/// <summary>Who touched a word in one way: eight bytes, so that words cost little; what they share is told once by their moment.</summary>
internal struct AccessMark
{
    /// <summary>Number of the moment times 16, plus one bit for each byte of the word that was touched; 0 for never.</summary>
    public uint Id;

    /// <summary>Lanes that took part in that moment.</summary>
    public uint Lanes;

    public readonly uint Bytes => Id & 15;
}

/// <summary>
/// History of one 4-byte word: its writes and its reads, the latest here and the others in lists of the <see cref="AccessHistory"/>, as long as a
/// later access may race with them.
/// </summary>
internal struct AccessCell
{
    public AccessMark Write;
    public AccessMark Read;

    /// <summary>First of the other writes, 0 for none.</summary>
    public int Writes;

    /// <summary>First of the other reads, 0 for none.</summary>
    public int Reads;

    /// <summary>Instruction that read it through the read-only path, plus one; 0 for none.</summary>
    public int NonCoherent;
}
