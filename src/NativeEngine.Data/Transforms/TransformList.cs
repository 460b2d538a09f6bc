using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Data;

/// <summary>
/// Transforms in their order, written <c>resize(256,letterbox);random_crop(224);rotate(15,p=0.3)</c>: settings by name, or in front without a name in the order
/// in which the transform has them.
/// </summary>
public sealed class TransformList
{
    private readonly IReadOnlyList<Transform> _transforms;

    /// <summary>These transforms, checked.</summary>
    /// <exception cref="UsageException">A parameter is out of range.</exception>
    public TransformList(IEnumerable<Transform> transforms)
    {
        _transforms = [.. transforms];
        foreach (var transform in _transforms)
            transform.Validate();
    }

    /// <summary>The transforms.</summary>
    public IReadOnlyList<Transform> Transforms => _transforms;

    /// <summary>Reads a list.</summary>
    /// <param name="text">The list; parts are separated by semicolons or new lines, and what follows # on a line is a remark.</param>
    /// <param name="catalogue">The transforms there are; null for those of this assembly.</param>
    /// <exception cref="UsageException">An unknown transform or parameter (with the nearest), or a value out of range.</exception>
    public static TransformList Parse(string text, RecordCatalogue<Transform>? catalogue = null)
    {
        catalogue ??= Transform.Catalogue;
        string plain = string.Join('\n', text.Split('\n').Select(l => l.Split('#')[0]));
        var parts = plain.Split([';', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts.Length > 0 ? new TransformList(parts.Select(p => One(p, catalogue)))
            : throw new UsageException("transforms: expected a list such as resize(256);random_crop(224);hflip");
    }

    /// <summary>Changes an image by all of them.</summary>
    public void Apply(Picture picture, Draws draws, TransformContext context)
    {
        foreach (var transform in _transforms)
            transform.Apply(picture, draws, context);
    }

    /// <summary>Throws where one draws random numbers: evaluation must see the same image every time.</summary>
    /// <exception cref="UsageException">Names it.</exception>
    public void RequireFixed(string key)
    {
        if (_transforms.FirstOrDefault(t => t.IsRandom) is { } random)
            throw new UsageException($"{key}: {random.Name} draws random numbers; evaluation needs the same image every time");
    }

    private static Transform One(string text, RecordCatalogue<Transform> catalogue)
    {
        int open = text.IndexOf('(');
        if (open >= 0 && text[^1] != ')')
            throw new UsageException($"transforms: '{text}': expected name(settings), the closing parenthesis is missing");
        var entry = catalogue.Find((open < 0 ? text : text[..open]).Trim());
        return entry.Parse(open < 0 ? "" : Named(text[(open + 1)..^1], entry), out _);
    }

    // Values in front without a name get the names of the settings in their order.
    private static string Named(string arguments, RecordEntry<Transform> entry)
    {
        var parts = OptionText.SplitOutside(arguments, ',', "[(", ")]");
        var named = new List<string>();
        string[] keys = [.. entry.Settings];
        for (int i = 0; i < parts.Count; i++)
        {
            if (parts[i].Contains('=') || parts[i].Trim().Length == 0)
                named.Add(parts[i]);
            else if (i >= keys.Length || named.Exists(n => n.Contains('=') && parts.Take(i).Any(p => p.Contains('='))))
                throw new UsageException($"transform {entry.Name}: '{parts[i].Trim()}': expects key=value here; it takes {string.Join(", ", keys)}");
            else
                named.Add($"{keys[i]}={parts[i].Trim()}");
        }

        return string.Join(',', named.Where(n => n.Trim().Length > 0));
    }
}
