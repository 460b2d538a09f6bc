namespace NativeEngine.SoftGpu;

/// <summary>
/// The first-level data cache as one block has it: 16 KiB, which is what a multiprocessor's cache leaves to each of its resident blocks of 256
/// threads from Volta on (128 KiB for eight of them; later GPUs have more). Loads that hit do not leave the multiprocessor; stores always do.
/// It starts empty with every block, so the counts depend on the kernel and its data alone.
/// </summary>
internal sealed class BlockCache
{
    private const int Ways = 8;
    private const int Sets = 64;

    private readonly ulong[] _tags = new ulong[Ways * Sets]; // sector + 1 in each way, the latest used first; 0 is empty

    public void Clear() => Array.Clear(_tags);

    /// <summary>A sector is loaded: true when it was not there. It is afterwards.</summary>
    public bool Misses(ulong sector)
    {
        // A multiplicative hash, as hardware has one too: strides of a power of two would meet in a few sets.
        var set = _tags.AsSpan((int)(sector * 0x9E3779B97F4A7C15 >> 58) * Ways, Ways);
        ulong tag = sector + 1;
        int at = set.IndexOf(tag);
        bool missing = at < 0;
        if (missing)
            at = Ways - 1;
        set[..at].CopyTo(set[1..]);
        set[0] = tag;
        return missing;
    }
}
