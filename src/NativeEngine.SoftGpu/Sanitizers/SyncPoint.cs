namespace NativeEngine.SoftGpu;

/// <summary>What strong writes told at one address, for those who read it there with a strong read.</summary>
internal sealed class SyncPoint
{
    private readonly Dictionary<long, Clocks> _blocks = [];
    private readonly List<(long Block, int Warp, int Lane, int Clock)> _readers = [];

    /// <summary>For threads of any block.</summary>
    public Clocks OnDevice { get; private set; } = Clocks.Nothing;

    /// <summary>For threads of the writers' own block.</summary>
    public Clocks InBlock(long block) => _blocks.TryGetValue(block, out var clocks) ? clocks : Clocks.Nothing;

    /// <summary>A strong write. What was told before stays when the write also reads it, so that a chain of atomics hands it on.</summary>
    public void Tell(long block, Clocks? inBlock, Clocks? onDevice, bool keep)
    {
        _readers.Clear();
        if (!keep)
        {
            _blocks.Clear();
            OnDevice = Clocks.Nothing;
        }
        if (inBlock is not null)
            _blocks[block] = Clocks.Join(inBlock, _blocks.GetValueOrDefault(block));
        OnDevice = Clocks.Join(OnDevice, onDevice);
    }

    /// <summary>A thread read what was told.</summary>
    public void AddReader(long block, int warp, int lane, int clock)
    {
        if (!_readers.Exists(reader => reader.Block == block && reader.Warp == warp && reader.Lane == lane))
            _readers.Add((block, warp, lane, clock));
    }

    /// <summary>True when a thread has read the last write here, or comes after one that has.</summary>
    public bool IsReadBefore(long block, int warp, int lane, ThreadView view) => _readers.Exists(reader =>
        reader.Block == block && reader.Warp == warp && reader.Lane == lane
        || view.Covers(block, new AccessMoment { Block = reader.Block, Warp = reader.Warp, Clock = reader.Clock }, 1u << reader.Lane, strong: true));
}
