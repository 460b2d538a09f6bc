using System.Collections.Immutable;

namespace NativeEngine.SoftGpu;

/// <summary>What is known of the threads of a grid: the block clocks of the blocks of which anything is known. Never changes once made.</summary>
internal sealed class Clocks
{
    private readonly ImmutableDictionary<long, BlockClock> _blocks;

    private Clocks(ImmutableDictionary<long, BlockClock> blocks) => _blocks = blocks;

    public static Clocks Nothing { get; } = new(ImmutableDictionary<long, BlockClock>.Empty);

    public BlockClock? this[long block] => _blocks.TryGetValue(block, out var clock) ? clock : null;

    public bool Covers(in AccessMoment then, uint lanes) => this[then.Block] is { } clock && clock.Covers(then.Warp, lanes, then.Clock);

    public Clocks With(long block, BlockClock clock) => new(_blocks.SetItem(block, this[block] is { } known ? BlockClock.Join(known, clock) : clock));

    /// <summary>What either of two knows; the smaller is merged into the larger.</summary>
    public static Clocks Join(Clocks a, Clocks? b)
    {
        if (b is null || ReferenceEquals(a._blocks, b._blocks) || b._blocks.IsEmpty)
            return a;
        if (a._blocks.IsEmpty)
            return b;
        if (a._blocks.Count < b._blocks.Count)
            (a, b) = (b, a);
        var builder = a._blocks.ToBuilder();
        foreach (var (block, clock) in b._blocks)
            builder[block] = builder.TryGetValue(block, out var known) ? BlockClock.Join(known, clock) : clock;
        return new Clocks(builder.ToImmutable());
    }
}
