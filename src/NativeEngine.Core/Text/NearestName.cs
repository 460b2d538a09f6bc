namespace NativeEngine.Core;

/// <summary>Finds the known name a person probably meant.</summary>
public static class NearestName
{
    /// <summary>
    /// ", did you mean 'x'?" for the nearest known name, or nothing when none is near. Capitals, dashes, underscores and dots do not count.
    /// </summary>
    /// <param name="name">The unknown name.</param>
    /// <param name="known">All names that would be right.</param>
    /// <param name="elsewhere">What other programs call them: name there, in <see cref="Plain"/> letters, and name here; null is
    /// <see cref="OtherNames.Values"/>.</param>
    public static string Suggest(string name, IEnumerable<string> known, IReadOnlyDictionary<string, string>? elsewhere = null) =>
        Of(name, known, elsewhere) is { } nearest ? $", did you mean '{nearest}'?" : "";

    /// <summary>The nearest known name, or null when none is near; see <see cref="Suggest"/>.</summary>
    public static string? Of(string name, IEnumerable<string> known, IReadOnlyDictionary<string, string>? elsewhere = null)
    {
        string plain = Plain(name);
        var all = known.Select(k => (Name: k, Plain: Plain(k))).ToList();
        if (all.FirstOrDefault(k => k.Plain == plain).Name is { } same)
            return same;
        if ((elsewhere ?? OtherNames.Values).TryGetValue(plain, out string? here) && all.Any(k => k.Name == here))
            return here;
        var best = all.Select(k => (k.Name, k.Plain, Distance: Distance(plain, k.Plain))).OrderBy(k => k.Distance)
            .ThenBy(k => k.Name, StringComparer.Ordinal).FirstOrDefault();
        bool near = best.Name is not null && best.Distance <= Math.Max(2, name.Length / 3) && best.Distance < Math.Max(plain.Length, best.Plain.Length);
        return near ? best.Name : null;
    }

    /// <summary>A name in small letters without the signs that programs part words with.</summary>
    public static string Plain(string name) => string.Concat(name.Where(c => c is not ('-' or '_' or '.' or ' '))).ToLowerInvariant();

    /// <summary>
    /// The fewest insertions, deletions, replacements and swaps of neighbours between two words, where no letter is touched twice ("optimal string
    /// alignment", after Damerau 1964): a swap is what fingers do most.
    /// </summary>
    public static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1]; // d[i, j]: between the first i letters of a and the first j of b
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }

                d[i, j] = Math.Min(Math.Min(d[i - 1, j], d[i, j - 1]) + 1, d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }

        return d[a.Length, b.Length];
    }
}
