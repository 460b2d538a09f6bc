using System.Text.Json.Serialization;

namespace NativeEngine.Cuda.Kernels.Benchmarks;

/// <summary>The exact counters of one workload that a budget watches. They depend on the kernel and its input alone.</summary>
/// <param name="ThreadInstructions">Instructions executed by all threads.</param>
/// <param name="WarpInstructions">Instructions issued to warps.</param>
/// <param name="Sectors">32-byte sectors of global memory that instructions asked for.</param>
/// <param name="MovedSectors">Those that left or entered a multiprocessor: stores, and loads that its cache did not hold.</param>
/// <param name="BankConflicts">Extra passes over shared memory.</param>
/// <param name="DivergentBranches">Branches whose lanes went both ways.</param>
/// <param name="Barriers">Barriers passed.</param>
public sealed record KernelCounts(
    [property: JsonPropertyName("thread_instructions")] long ThreadInstructions,
    [property: JsonPropertyName("warp_instructions")] long WarpInstructions,
    [property: JsonPropertyName("sectors")] long Sectors,
    [property: JsonPropertyName("moved_sectors")] long MovedSectors,
    [property: JsonPropertyName("bank_conflicts")] long BankConflicts,
    [property: JsonPropertyName("divergent_branches")] long DivergentBranches,
    [property: JsonPropertyName("barriers")] long Barriers)
{
    /// <summary>The counters by name.</summary>
    internal IEnumerable<(string Name, long Value)> Values() =>
    [
        ("thread instructions", ThreadInstructions), ("warp instructions", WarpInstructions), ("sectors", Sectors), ("moved sectors", MovedSectors),
        ("bank conflicts", BankConflicts), ("divergent branches", DivergentBranches), ("barriers", Barriers),
    ];
}
