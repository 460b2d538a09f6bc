namespace NativeEngine.SoftGpu;

/// <summary>What a launch did.</summary>
/// <param name="Counters">Counts of the whole launch.</param>
/// <param name="Findings">Everything found, the fault that stopped the launch first.</param>
/// <param name="Fault">The finding that stopped the launch, or null when it ran to its end.</param>
public sealed record LaunchResult(LaunchCounters Counters, IReadOnlyList<Finding> Findings, Finding? Fault)
{
    /// <summary>What the kernel printed: block by block in the order of the grid, inside a block as it was printed, lane by lane.</summary>
    public string Output { get; init; } = "";

    /// <summary>True when the launch ran to its end and nothing was found.</summary>
    public bool IsClean => Findings.Count == 0;
}
