namespace NativeEngine.Data;

/// <summary>
/// Bounds the pixels that are decoded at one time by all threads together: on a machine of many cores as many large photographs would otherwise lie in memory
/// at once.
/// One image may always be decoded, however large.
/// </summary>
internal static class DecodeBudget
{
    private const long Least = 64L << 20, Most = 1L << 30;
    private static readonly object Gate = new();
    private static long _used;

    private static long Limit => Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 16, Least, Most);

    /// <summary>Waits until there is room for so many bytes; disposing gives them back. A thread that holds a claim already gets another at once.</summary>
    public static Claimed Claim(long bytes)
    {
        lock (Gate)
        {
            while (_used > 0 && _used + bytes > Limit && !Claimed.Held)
                Monitor.Wait(Gate);
            _used += bytes;
        }

        return new Claimed(bytes);
    }

    private static void Free(long bytes)
    {
        lock (Gate)
        {
            _used -= bytes;
            Monitor.PulseAll(Gate);
        }
    }

    /// <summary>Room that is held.</summary>
    internal sealed class Claimed : IDisposable
    {
        [ThreadStatic]
        private static int _held;

        private readonly long _bytes;

        public Claimed(long bytes)
        {
            _bytes = bytes;
            _held++;
        }

        /// <summary>True when this thread holds room.</summary>
        public static bool Held => _held > 0;

        public void Dispose()
        {
            _held--;
            Free(_bytes);
        }
    }
}
