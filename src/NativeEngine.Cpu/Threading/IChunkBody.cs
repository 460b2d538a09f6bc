namespace NativeEngine.Cpu.Threading;

/// <summary>The work of one parallel loop, written as a struct so that the JIT specialises the call and nothing is allocated.</summary>
public interface IChunkBody
{
    /// <summary>Does one chunk. Which chunks exist must not depend on the number of threads: that is what keeps results the same bits.</summary>
    /// <param name="chunk">0 .. chunks-1; every chunk is run exactly once, in any order, possibly at the same time as others.</param>
    /// <param name="worker">0 .. threads-1; no two chunks run at the same time with the same worker, so scratch memory is indexed by it.</param>
    void Invoke(int chunk, int worker);
}
