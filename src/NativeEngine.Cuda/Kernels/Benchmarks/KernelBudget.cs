using System.Text.Json;
using System.Text.Json.Serialization;
using NativeEngine.Core;

namespace NativeEngine.Cuda.Kernels.Benchmarks;

/// <summary>A file of counters per kernel that later runs may not exceed.</summary>
/// <param name="Kernels">Counters by entry name.</param>
public sealed record KernelBudget([property: JsonPropertyName("kernels")] SortedDictionary<string, KernelCounts> Kernels)
{
    /// <summary>How the file is written.</summary>
    public static JsonSerializerOptions Style { get; } = new() { WriteIndented = true };

    /// <summary>Reads a budget.</summary>
    /// <exception cref="UsageException">The file is missing or not a budget.</exception>
    public static KernelBudget Read(string file)
    {
        if (!File.Exists(file))
            throw new UsageException($"baseline {file} does not exist; 'nengine kernels bench --save {file}' writes one");
        try
        {
            if (JsonSerializer.Deserialize<KernelBudget>(File.ReadAllText(file)) is { Kernels: not null } budget)
                return budget;
        }
        catch (JsonException e)
        {
            throw new UsageException($"baseline {file} is not a file of kernel counters: {e.Message}");
        }

        throw new UsageException($"baseline {file} is not a file of kernel counters: it has no \"kernels\"");
    }

    /// <summary>One sentence for every counter that grew by more than the allowed share, and for every kernel the budget does not know.</summary>
    public IReadOnlyList<string> Exceeded(IReadOnlyDictionary<string, KernelCounts> counted, double allowed)
    {
        var findings = new List<string>();
        foreach (var (kernel, counts) in counted)
        {
            if (!Kernels.TryGetValue(kernel, out var before))
            {
                findings.Add($"{kernel} is not in the baseline");
                continue;
            }

            foreach (var ((name, now), (_, then)) in counts.Values().Zip(before.Values()))
            {
                if (now > then * (1 + allowed))
                    findings.Add($"{kernel}: {name} {now}, baseline {then} ({(then == 0 ? "from none" : $"{(double)now / then - 1:+0.0%}")})");
            }
        }

        return findings;
    }
}
