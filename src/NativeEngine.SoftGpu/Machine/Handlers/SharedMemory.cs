namespace NativeEngine.SoftGpu;

/// <summary>Shared memory as instructions see it that compute their addresses themselves.</summary>
internal static unsafe class SharedMemory
{
    /// <summary>Checks one lane's access and returns its host pointer.</summary>
    public static byte* Lane(Op* o, Warp w, ulong address, int size, int lane, bool write)
    {
        if (address >= w.SharedBytes || w.SharedBytes - address < (ulong)size)
            SharedSpace.Miss(o, w, address, size, lane, write, out _, out _);
        if ((address & (ulong)(size - 1)) != 0)
            MemoryHandlers.Misaligned(o, address, size, lane, write);
        return w.Shared + address;
    }
}
