using System.Globalization;
using NativeEngine.Core;
using NativeEngine.Data;

namespace NativeEngine.Train;

/// <summary>
/// One weight per class as the setting <c>class_weight</c> says: <c>balanced</c> is N / (K·n[k]) with n[k] images of class k; numbers in the order of the
/// classes; or a text file with a number per line, or <c>class number</c> lines in any order (spaces, a comma, a colon or = between).
/// </summary>
internal sealed class ClassWeights(string? setting, Dataset data)
{
    private const string Balanced = "balanced";
    private const long MostBytes = 1 << 20;
    private IReadOnlyList<double>? _values;

    /// <summary>The weights; the setting must not be null.</summary>
    public IReadOnlyList<double> Values => _values ??= Read(setting!);

    /// <summary>Images per class.</summary>
    public double[] Sizes()
    {
        var sizes = new double[data.Classes.Count];
        for (int i = 0; i < data.Count; i++)
            sizes[data.Label(i)]++;
        return sizes;
    }

    /// <summary>Refuses a setting that cannot be right whatever the data.</summary>
    public static void Check(string setting)
    {
        if (setting != Balanced && Numbers(setting) is null && !File.Exists(setting))
            throw new UsageException($"class_weight '{setting}': expects balanced, numbers separated by commas, or a file, and there is no such file");
    }

    private IReadOnlyList<double> Read(string text)
    {
        if (text == Balanced)
        {
            var sizes = Sizes();
            int empty = Array.IndexOf(sizes, 0);
            if (empty >= 0) // N / (K·0) is no weight, and class_balanced defines one
                throw new DataException($"class_weight balanced: {data.Name} has no image of class {data.Classes[empty]}");
            return Array.ConvertAll(sizes, n => data.Count / (sizes.Length * n));
        }

        var values = Numbers(text) ?? FromFile(text);
        if (values.Count != data.Classes.Count)
            throw new UsageException($"class_weight {text}: {values.Count} numbers, expects one for each of the {data.Classes.Count} classes");
        return values.All(v => v >= 0 && double.IsFinite(v)) ? values : throw new UsageException($"class_weight {text}: expects numbers of at least 0");
    }

    private double[] FromFile(string path)
    {
        var lines = SmallFile.ReadLines(path, MostBytes, "class_weight").Select(l => l.Split('#')[0].Trim()).Where(l => l.Length > 0).ToArray();
        if (lines.All(l => Number(l) is not null))
            return Array.ConvertAll(lines, l => Number(l)!.Value);
        var values = new double[data.Classes.Count];
        Array.Fill(values, double.NaN);
        foreach (string line in lines)
        {
            int split = line.LastIndexOfAny([' ', '\t', ',', ':', '=']);
            string name = split < 0 ? line : line[..split].Trim(' ', '\t', ',', ':', '=');
            int index = data.Classes.ToList().IndexOf(name);
            if (index < 0)
                throw new UsageException($"class_weight {path}: '{line}': '{name}' is not a class{NearestName.Suggest(name, data.Classes)}");
            values[index] = Number(line[(split + 1)..].Trim()) ?? throw new UsageException($"class_weight {path}: '{line}': expects a class and a number");
        }

        int missing = Array.FindIndex(values, double.IsNaN);
        return missing < 0 ? values : throw new UsageException($"class_weight {path}: no line for class {data.Classes[missing]}");
    }

    private static IReadOnlyList<double>? Numbers(string text)
    {
        var numbers = text.Trim('[', ']').Split([',', ' '], StringSplitOptions.RemoveEmptyEntries).Select(Number).ToArray();
        return numbers.Length > 0 && Array.TrueForAll(numbers, n => n is not null) ? Array.ConvertAll(numbers, n => n!.Value) : null;
    }

    private static double? Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;
}
