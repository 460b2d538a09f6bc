namespace NativeEngine.SoftGpu;

/// <summary>What the observers of one executor remember between operations.</summary>
internal sealed unsafe partial class ObserverState(BlockExecutor executor)
{
    public BlockExecutor Executor { get; } = executor;

    public void StartBlock()
    {
    }

    public void StartWarp(Warp w)
    {
    }

    public void BarrierPassed()
    {
    }
}
