namespace NativeEngine.SoftGpu;

/// <summary>What a program is decoded with besides the kernel's own operations.</summary>
[Flags]
public enum ObserverSet
{
    /// <summary>Nothing: bounds, alignment and barriers are always checked.</summary>
    None = 0,

    /// <summary>Counts memory transactions, bank conflicts and bytes.</summary>
    Counters = 1,

    /// <summary>Finds uninitialised reads of registers, shared, local and (where the memory tracks it) global memory.</summary>
    Initialised = 2,

    /// <summary>Finds races in shared and global memory, and non-coherent reads of memory written in the same launch.</summary>
    Races = 4,

    /// <summary>All sanitizers.</summary>
    Sanitizers = Initialised | Races,

    /// <summary>Adds seeded errors of the documented size to approximate results.</summary>
    PerturbApproximations = 8,

    /// <summary>Prints what one thread executes.</summary>
    Trace = 16,
}
