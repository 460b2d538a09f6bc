using System.Globalization;
using System.Text.RegularExpressions;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>
/// Numbers or other names for folders: a Python dictionary or JSON object (<c>{'glass': 0, 'paper': '1'}</c>), a name on each line in the order of the numbers,
/// or
/// two columns in any order. It is read, never evaluated.
/// </summary>
public sealed partial class ClassMap
{
    private const long MostBytes = 4 << 20;

    private readonly string _path;
    private readonly Dictionary<string, string> _values;

    private ClassMap(string path, Dictionary<string, string> values) => (_path, _values) = (path, values);

    /// <summary>Reads a file.</summary>
    /// <exception cref="DataException">It cannot be read, or contradicts itself: says where.</exception>
    /// <exception cref="UsageException">It does not exist or is no text.</exception>
    public static ClassMap Read(string path)
    {
        string text = SmallFile.ReadText(path, MostBytes, "class map").TrimStart('\uFEFF').Trim();
        var pairs = text.StartsWith('{') ? Dictionary(text, path) : Lines(text, path);
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in pairs)
        {
            if (!values.TryAdd(key, value))
                throw new DataException($"{path}: {key} is there twice");
        }

        if (values.Count == 0)
            throw new DataException($"{path}: names no classes");
        if (values.Values.All(v => IsNumber(v, out _)))
            CheckNumbers(values, path);
        return new ClassMap(path, values);
    }

    /// <summary>The classes in the order of their numbers, or under their other names; folders of one name become one class.</summary>
    /// <exception cref="DataException">A folder is not in the map.</exception>
    public FolderPart Apply(FolderPart part)
    {
        if (part.Classes.FirstOrDefault(c => !_values.ContainsKey(c.Name)) is { } unknown)
            throw new DataException($"{_path} does not name the folder {unknown.Name} of {part.Path}{NearestName.Suggest(unknown.Name, _values.Keys)}");
        if (_values.Values.All(v => IsNumber(v, out _)))
            return part with { Classes = [.. part.Classes.OrderBy(c => int.Parse(_values[c.Name], CultureInfo.InvariantCulture))] };
        return part with
        {
            Classes = [.. part.Classes.Select(c => c with { Name = _values[c.Name], KeyName = c.KeyName ?? c.Name })
                .OrderBy(c => c.Name, CodePointOrder.Instance)],
        };
    }

    private static void CheckNumbers(Dictionary<string, string> values, string path)
    {
        foreach (var number in values.GroupBy(v => int.Parse(v.Value, CultureInfo.InvariantCulture)))
        {
            if (number.Key < 0 || number.Key >= values.Count)
                throw new DataException($"{path}: {number.First().Key} has number {number.Key}, expected 0..{values.Count - 1}, each once");
            if (number.Count() > 1)
                throw new DataException($"{path}: {string.Join(" and ", number.Select(n => n.Key))} have the same number {number.Key}");
        }
    }

    private static IEnumerable<(string, string)> Dictionary(string text, string path)
    {
        int at = 1;
        while (true)
        {
            at += Blank().Match(text, at).Length;
            if (at < text.Length && text[at] == '}')
            {
                if (text[(at + 1)..].Trim().Length > 0)
                    throw new DataException($"{path}: something stands behind the dictionary");
                yield break;
            }

            var entry = Entry().Match(text, at);
            if (!entry.Success || entry.Index != at)
                throw new DataException($"{path}: expected 'name': number, got '{Printable.Text(text[at..Math.Min(text.Length, at + 30)])}'");
            at += entry.Length;
            yield return (Unquoted(entry.Groups[1].Value), Unquoted(entry.Groups[2].Value));
        }
    }

    private static IEnumerable<(string, string)> Lines(string text, string path)
    {
        string[][] rows = [.. text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#')
            .Select(l => Separator().Split(l, 2).Select(c => c.Trim().Trim('"')).ToArray())];
        if (rows.All(r => r.Length == 1))
            return rows.Select((r, i) => (r[0], i.ToString(CultureInfo.InvariantCulture)));
        if (rows.FirstOrDefault(r => r.Length != 2) is { } odd)
            throw new DataException($"{path}: expected a name on each line, or two columns everywhere, got '{Printable.Text(odd[0])}'");
        // The column of numbers may stand in front.
        bool turned = rows.All(r => IsNumber(r[0], out _)) && !rows.All(r => IsNumber(r[1], out _));
        return rows.Select(r => turned ? (r[1], r[0]) : (r[0], r[1]));
    }

    private static bool IsNumber(string text, out int number) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    private static string Unquoted(string text) => text.Length > 1 && text[0] is '\'' or '"'
        ? text[1..^1].Replace("\\'", "'").Replace("\\\"", "\"").Replace("\\\\", "\\") : text;

    [GeneratedRegex(@"\G\s*")]
    private static partial Regex Blank();

    [GeneratedRegex("""\G((?:'(?:[^'\\]|\\.)*')|(?:"(?:[^"\\]|\\.)*"))\s*:\s*((?:'(?:[^'\\]|\\.)*')|(?:"(?:[^"\\]|\\.)*")|-?\d+)\s*,?""")]
    private static partial Regex Entry();

    [GeneratedRegex(@"\s*[,;:=\t]\s*|\s+(?=-?\d+$)|(?<=^-?\d+)\s+")]
    private static partial Regex Separator();
}
