namespace NativeEngine.SoftGpu;

/// <summary>The sectors that a launch read and wrote, each once: the least traffic its accesses can cause. Shared by all workers.</summary>
internal sealed class SectorSet(MemoryTable table)
{
    private const int SectorBytes = 32;

    private readonly ulong[]?[] _read = new ulong[]?[table.Count];
    private readonly ulong[]?[] _written = new ulong[]?[table.Count];

    /// <summary>Notes a read of the sector that holds <paramref name="address"/>; true for the first.</summary>
    public bool AddRead(int allocation, ulong address) => Add(_read, allocation, address);

    /// <summary>Notes a write; true for the first.</summary>
    public bool AddWrite(int allocation, ulong address) => Add(_written, allocation, address);

    private bool Add(ulong[]?[] sets, int allocation, ulong address)
    {
        // Allocations begin at a sector; where the address is in none, the access itself will fault.
        if (table.At(allocation) is not { } memory || address >= memory.End)
            return false;
        long sector = (long)(address - memory.Address) / SectorBytes;
        var bits = Volatile.Read(ref sets[allocation]);
        if (bits is null)
        {
            var made = new ulong[memory.Bytes / (SectorBytes * 64) + 1];
            bits = Interlocked.CompareExchange(ref sets[allocation], made, null) ?? made;
        }
        ulong bit = 1UL << (int)(sector & 63);
        ref ulong word = ref bits[sector >> 6];
        return (Volatile.Read(ref word) & bit) == 0 && (Interlocked.Or(ref word, bit) & bit) == 0;
    }
}
