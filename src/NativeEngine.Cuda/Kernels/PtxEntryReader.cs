using System.Globalization;
using System.Text.RegularExpressions;

namespace NativeEngine.Cuda.Kernels;

/// <summary>Reads the headers of the entries of a PTX module: names, parameters, limits, shared memory, source lines.</summary>
public static partial class PtxEntryReader
{
    /// <summary>The entries of a module in order.</summary>
    public static IReadOnlyList<PtxEntryInfo> Read(string ptx)
    {
        var files = FileLine().Matches(ptx).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);
        // Shared variables before the first entry belong to the module; an entry has those it names.
        var heads = EntryHead().Matches(ptx);
        var common = SharedVariable().Matches(heads.Count > 0 ? ptx[..heads[0].Index] : ptx);
        var entries = new List<PtxEntryInfo>();
        for (int i = 0; i < heads.Count; i++)
        {
            int end = i + 1 < heads.Count ? heads[i + 1].Index : ptx.Length;
            string text = ptx[heads[i].Index..end];
            var shared = SharedVariable().Matches(text).Concat(common.Where(m => text.Contains(m.Groups[2].Value, StringComparison.Ordinal)));
            var limit = MaxThreads().Match(text);
            var line = SourceLine().Match(text);
            entries.Add(new(
                heads[i].Groups[1].Value,
                [.. Parameter().Matches(text).Select(m => m.Groups[2].Success ? $"{m.Groups[1].Value}[{m.Groups[2].Value}]" : m.Groups[1].Value)],
                limit.Success ? limit.Groups[1].Value.Split(',').Aggregate(1, (n, part) => n * Number(part)) : 0,
                shared.Sum(m => Number(m.Groups[3].Value)),
                Registers().Matches(text)
                    .Sum(m => (Number(m.Groups[2].Value) - 1) * (m.Groups[1].Value is "b64" or "f64" ? 2 : m.Groups[1].Value == "pred" ? 0 : 1)),
                line.Success && files.TryGetValue(line.Groups[1].Value, out string? file)
                    ? $"kernels/{file.Replace("./", "", StringComparison.Ordinal)}:{line.Groups[2].Value}" : ""));
        }

        return entries;
    }

    private static int Number(string text) => int.Parse(text.Trim(), CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\.visible \.entry (\w+)\(")]
    private static partial Regex EntryHead();

    [GeneratedRegex(@"^\s*\.param (?:\.align \d+ )?(\.\w+) \w+?(?:\[(\d+)\])?,?\s*$", RegexOptions.Multiline)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^\.maxntid ([\d, ]+)$", RegexOptions.Multiline)]
    private static partial Regex MaxThreads();

    [GeneratedRegex(@"\.shared \.align (\d+) \.b8 (\w+)\[(\d+)\];")]
    private static partial Regex SharedVariable();

    [GeneratedRegex(@"\.reg \.(\w+)\s+%\w+<(\d+)>;")]
    private static partial Regex Registers();

    [GeneratedRegex(@"\.loc\s+(\d+) (\d+) \d+")]
    private static partial Regex SourceLine();

    [GeneratedRegex(@"\.file\s+(\d+) ""([^""]+)""")]
    private static partial Regex FileLine();
}
