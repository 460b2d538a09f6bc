using System.Collections;
using NativeEngine.Core;
using NativeEngine.Cuda.Native;

namespace NativeEngine.Cli.Config;

/// <summary>Every variable NENGINE_* that means something: one per key of the configuration, and those that are no settings of a run.</summary>
internal static class EnvironmentNames
{
    private const string Prefix = "NENGINE_";

    /// <summary>The variables that are no keys of the configuration, with what each is for.</summary>
    public static IReadOnlyDictionary<string, string> Others { get; } = new Dictionary<string, string>
    {
        [CudaSearchPaths.CudaVariable] = "folder of the CUDA toolkit",
        [CudaSearchPaths.CudnnVariable] = "folder of cuDNN",
        ["NENGINE_SOFT_SANITIZE"] = "the software GPU checks every launch for races and faulty accesses",
        ["NENGINE_SOFT_FAULTS"] = "faults that the software GPU makes, for tests",
        ["NENGINE_TEST_LIBCUDA"] = "tests: a driver library to check the tables against",
        ["NENGINE_TEST_ROWS"] = "tests: rows of a large case",
        ["NENGINE_STRESS_SECONDS"] = "tests: how long the stress tests run",
        ["NENGINE_KILLS"] = "tests: how often a training is killed",
        ["NENGINE_KILL_SEED"] = "tests: seed of the moments at which it is killed",
        ["NENGINE_FUZZ_PER_FILE"] = "tests: changed copies per file",
        ["NENGINE_SIMD_CHILD"] = "tests: marks a child process with narrower vectors",
        ["NENGINE_ZOO"] = "tests: every model instead of some",
    };

    /// <summary>Refuses a variable NENGINE_* that means nothing: a typing error would silently train with the default.</summary>
    /// <param name="names">Names of all variables that are set; null reads those of the process.</param>
    /// <exception cref="UsageException">Names the variable and the nearest that exists.</exception>
    public static void RequireKnown(IEnumerable<string>? names = null)
    {
        names ??= Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Where(e => e.Value is string { Length: > 0 }).Select(e => (string)e.Key);
        string[] known = [.. RunSettings.All.SelectMany(s => s.Variables), .. Others.Keys];
        names = [.. names];
        // In small letters it means nothing here, though it would on Windows.
        if (names.FirstOrDefault(n => !known.Contains(n) && known.Contains(n.ToUpperInvariant())) is { } small)
            throw new UsageException($"environment: {small} means nothing, did you mean {small.ToUpperInvariant()}?");
        if (names.Where(n => n.StartsWith(Prefix, StringComparison.Ordinal) && !known.Contains(n)).Order(StringComparer.Ordinal)
                .FirstOrDefault() is not { } unknown)
            return;
        string? nearest = NearestName.Of(unknown[Prefix.Length..], known.Select(k => k[Prefix.Length..].ToLowerInvariant()))?.ToUpperInvariant();
        throw new UsageException($"environment: unknown variable {unknown}{(nearest is null ? "" : $", did you mean {Prefix}{nearest}?")}; unset it, or "
            + "see 'nengine config show' for the keys that exist");
    }
}
