namespace NativeEngine.SoftGpu;

/// <summary>
/// What a thread knows of the others, and what its next strong write tells them. Never changes once made: the threads of a block share one from
/// barrier to barrier.
/// </summary>
/// <param name="Own">Of the threads of its block: their accesses that come before.</param>
/// <param name="Others">Of the threads of other blocks.</param>
internal sealed record ThreadView(BlockClock Own, Clocks Others)
{
    /// <summary>What the last fence of any scope put before the thread's later strong writes, for the threads of its block.</summary>
    public Fenced? InBlock { get; init; }

    /// <summary>The same of fences that reach the whole device.</summary>
    public Fenced? OnDevice { get; init; }

    /// <summary>What threads of the block told in strong writes that it read; a fence makes it known.</summary>
    public Clocks SeenInBlock { get; init; } = Clocks.Nothing;

    /// <summary>What any thread told in strong writes that it read; a fence that reaches the device makes it known.</summary>
    public Clocks SeenOnDevice { get; init; } = Clocks.Nothing;

    /// <summary>True when accesses of lanes come before the thread's next one; strong ones also come after what it has seen.</summary>
    public bool Covers(long block, in AccessMoment then, uint lanes, bool strong)
    {
        if (then.Block == block ? Own.Covers(then.Warp, lanes, then.Clock) : Others.Covers(then, lanes))
            return true;
        return strong && (SeenInBlock.Covers(then, lanes) || SeenOnDevice.Covers(then, lanes));
    }

    /// <summary>Knows besides what clocks say.</summary>
    public ThreadView Knowing(long block, Clocks? clocks)
    {
        if (clocks is null || ReferenceEquals(clocks, Clocks.Nothing))
            return this;
        return this with { Own = clocks[block] is { } own ? BlockClock.Join(Own, own) : Own, Others = Clocks.Join(Others, clocks) };
    }

    /// <summary>All it knows, as others take it over.</summary>
    public Clocks Told(long block) => Others.With(block, Own);
}

/// <summary>What a fence put before later writes: what the thread knew, and its own accesses up to a clock.</summary>
/// <param name="Known">What the thread knew.</param>
/// <param name="Clock">The clock, 0 where its own accesses are among what is known.</param>
internal sealed record Fenced(Clocks Known, int Clock)
{
    /// <summary>As others take it over from lanes that executed the fence.</summary>
    public Clocks Told(long block, BlockClock nothing, int warp, uint lanes) => Clock == 0 ? Known
        : Known.With(block, nothing.With(new LaneGroup(warp, lanes, false, Clock)));
}
