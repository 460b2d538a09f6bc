using System.Text.Json;
using System.Text.Json.Serialization;
using NativeEngine.Core;

namespace NativeEngine.Cli.Bench;

/// <summary>Figures of an earlier measurement, in a file: what a later one must not be slower than. Less is better in every figure.</summary>
/// <param name="Machine">Processor, device and number of threads: only figures of one machine can be compared.</param>
/// <param name="Workload">What was measured, with everything that changes its time.</param>
/// <param name="Figures">Name of each figure, with its unit, and its value.</param>
internal sealed record Baseline(string Machine, string Workload, IReadOnlyDictionary<string, double> Figures)
{
    private const string CurrentFormat = "nengine-bench-baseline-1";
    private const long MostBytes = 1 << 20;
    private static readonly JsonSerializerOptions Style = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Tells the file apart from other JSON.</summary>
    public string Format { get; init; } = CurrentFormat;

    /// <summary>Reads a file that <see cref="Write"/> wrote.</summary>
    /// <exception cref="DataException">The file is not such a file.</exception>
    public static Baseline Read(string path)
    {
        Baseline? read;
        try
        {
            read = JsonSerializer.Deserialize<Baseline>(SmallFile.ReadText(path, MostBytes, "baseline"), Style);
        }
        catch (JsonException e)
        {
            throw new DataException($"baseline {path} cannot be read: {e.Message}", e);
        }

        if (read is null || read.Format != CurrentFormat)
            throw new DataException($"baseline {path}: expected format {CurrentFormat}, got {read?.Format ?? "nothing"}");
        foreach (var (name, value) in read.Figures)
        {
            if (!(value > 0) || !double.IsFinite(value))
                throw new DataException($"baseline {path}: figure {name} is {value}, expected a positive number");
        }

        return read;
    }

    /// <summary>Writes the file.</summary>
    public void Write(string path) => File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(this, Style));

    /// <summary>Refuses to be compared with another machine or workload.</summary>
    /// <param name="machine">This machine.</param>
    /// <param name="workload">What is to be measured.</param>
    /// <param name="path">Named in errors.</param>
    /// <exception cref="UsageException">Another machine or workload.</exception>
    public void Require(string machine, string workload, string path)
    {
        if (Machine != machine)
            throw new UsageException($"baseline {path} was measured on '{Machine}', this machine is '{machine}'; times of different machines cannot be "
                + "compared");
        if (Workload != workload)
            throw new UsageException($"baseline {path} measured '{Workload}', this is '{workload}'; give the same options or another baseline file");
    }

    /// <summary>The figures that both have, then and now.</summary>
    /// <param name="now">The new figures.</param>
    /// <param name="path">Named in errors.</param>
    /// <exception cref="UsageException">No figure in common.</exception>
    public IReadOnlyList<FigureRatio> CompareWith(IReadOnlyDictionary<string, double> now, string path)
    {
        FigureRatio[] common = [.. now.Where(f => Figures.ContainsKey(f.Key)).Select(f => new FigureRatio(f.Key, Figures[f.Key], f.Value))];
        return common.Length > 0 ? common : throw new UsageException($"baseline {path} has none of the figures measured now "
            + $"({string.Join(", ", now.Keys.Take(3))}{(now.Count > 3 ? ", …" : "")})");
    }
}
