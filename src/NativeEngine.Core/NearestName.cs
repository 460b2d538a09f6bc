namespace NativeEngine.Core;

/// <summary>Finds the known name a person probably meant.</summary>
public static class NearestName
{
    /// <summary>", did you mean 'x'?" for the nearest known name, or nothing when none is near.</summary>
    public static string Suggest(string name, IEnumerable<string> known)
    {
        var best = known.Select(k => (Name: k, Distance: Distance(name, k))).OrderBy(k => k.Distance).ThenBy(k => k.Name, StringComparer.Ordinal).FirstOrDefault();
        return best.Name is not null && best.Distance <= Math.Max(2, name.Length / 3) ? $", did you mean '{best.Name}'?" : "";
    }

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
