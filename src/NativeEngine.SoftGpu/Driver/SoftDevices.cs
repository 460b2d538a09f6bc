namespace NativeEngine.SoftGpu.Driver;

/// <summary>The software GPUs plugged into this process, by device ordinal. Handles carry the ordinal, so that any call finds its GPU.</summary>
internal static class SoftDevices
{
    // A handle is (ordinal + 1) << 32 | number << 4: never 0, 1 or 2, which mean "none" and the default streams.
    private const int OrdinalShift = 32;
    private const int NumberShift = 4;

    private static readonly Lock Gate = new();
    private static readonly SortedDictionary<int, SoftDevice> Plugged = [];
    private static int _next;

    public static int Count
    {
        get
        {
            lock (Gate)
                return Plugged.Count == 0 ? 0 : Plugged.Keys.Last() + 1;
        }
    }

    public static int Plug(SoftDevice gpu)
    {
        lock (Gate)
        {
            Plugged.Add(_next, gpu);
            return _next++;
        }
    }

    public static void Unplug(SoftDevice gpu)
    {
        lock (Gate)
            Plugged.Remove(gpu.Ordinal);
    }

    public static SoftDevice? Find(int ordinal)
    {
        lock (Gate)
            return Plugged.GetValueOrDefault(ordinal);
    }

    public static nint EncodeHandle(int ordinal, long number) => (nint)(((long)(ordinal + 1) << OrdinalShift) | (number << NumberShift));

    /// <summary>The GPU that made <paramref name="handle"/>, or null.</summary>
    public static SoftDevice? OfHandle(nint handle) => Find((int)((long)handle >> OrdinalShift) - 1);
}
