namespace NativeEngine.SoftGpu;

/// <summary>Stops a launch: raised by an operation, turned into a finding with its place by the executor.</summary>
internal sealed class MachineFault(FindingKind kind, int instruction, int lane, string message) : Exception(message)
{
    public FindingKind Kind { get; } = kind;

    public int Instruction { get; } = instruction;

    public int Lane { get; } = lane;
}
