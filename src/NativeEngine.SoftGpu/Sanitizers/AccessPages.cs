namespace NativeEngine.SoftGpu;

/// <summary>The histories of the words of global memory that a launch touches, in pages that later launches use again.</summary>
internal sealed class AccessPages(AccessPagePool pool) : IDisposable
{
    /// <summary>Words of a page.</summary>
    public const int Words = 256;

    private const int Recent = 64; // a power of two
    private readonly Dictionary<ulong, AccessCell[]> _pages = [];
    private readonly ulong[] _numbers = new ulong[Recent];
    private readonly AccessCell[]?[] _recent = new AccessCell[Recent][];

    /// <summary>The page that holds an address; the word's place in it is <see cref="PlaceOf"/>.</summary>
    public AccessCell[] PageOf(ulong address)
    {
        ulong number = address / (4 * Words);
        int slot = (int)(number % Recent);
        if (_recent[slot] is { } recent && _numbers[slot] == number)
            return recent;
        if (!_pages.TryGetValue(number, out var page))
            _pages[number] = page = pool.Take();
        _numbers[slot] = number;
        return _recent[slot] = page;
    }

    /// <summary>Where the word at an address lies in its page.</summary>
    public static int PlaceOf(ulong address) => (int)(address / 4 % Words);

    public void Dispose()
    {
        foreach (var page in _pages.Values)
            pool.Return(page);
        _pages.Clear();
    }
}

/// <summary>Pages that no launch uses at the moment.</summary>
internal sealed class AccessPagePool
{
    private const int Most = 8192; // 64 MiB; what a launch needs beyond that is left to the collector
    private readonly Stack<AccessCell[]> _free = [];

    /// <summary>A page without history.</summary>
    public AccessCell[] Take()
    {
        AccessCell[]? page;
        lock (_free)
            _free.TryPop(out page);
        if (page is null)
            return new AccessCell[AccessPages.Words];
        Array.Clear(page);
        return page;
    }

    public void Return(AccessCell[] page)
    {
        lock (_free)
        {
            if (_free.Count < Most)
                _free.Push(page);
        }
    }
}
