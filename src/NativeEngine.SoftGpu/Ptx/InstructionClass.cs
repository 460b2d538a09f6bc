namespace NativeEngine.SoftGpu;

/// <summary>Classes by which the counters group instructions.</summary>
public enum InstructionClass : byte
{
    Float32,
    Float64,
    Float16,
    Special,
    Integer,
    Logic,
    Compare,
    Convert,
    Move,
    GlobalMemory,
    SharedMemory,
    LocalMemory,
    ConstantMemory,
    GenericMemory,
    Atomic,
    Warp,
    Barrier,
    Control,

    /// <summary>Products of matrices by a whole warp.</summary>
    Matrix,
}
