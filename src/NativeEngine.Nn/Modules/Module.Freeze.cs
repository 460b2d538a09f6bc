using System.Text.RegularExpressions;
using NativeEngine.Core;

namespace NativeEngine.Nn;

public abstract partial class Module
{
    /// <summary>
    /// Freezes the parameters whose names match: no gradient is computed for them and nothing is recorded below the first layer that still
    /// trains. A batch norm whose parameters are all frozen keeps its statistics, too.
    /// </summary>
    /// <param name="pattern">
    /// Names or whole subtrees (<c>layer1</c> is <c>layer1.*</c>) with * and ? as wildcards, several separated by commas.
    /// </param>
    /// <returns>The parameters that matched; none is a <see cref="UsageException"/>.</returns>
    public IReadOnlyList<Parameter> Freeze(string pattern) => SetFrozen(pattern, true, "freeze");

    /// <summary>Lets the parameters whose names match train again; see <see cref="Freeze"/>.</summary>
    public IReadOnlyList<Parameter> Unfreeze(string pattern) => SetFrozen(pattern, false, "unfreeze");

    /// <summary>Freezes or releases exactly the parameters that <paramref name="frozen"/> says.</summary>
    public void SetFrozen(Func<Parameter, bool> frozen)
    {
        foreach (var parameter in NamedParameters())
        {
            if (parameter.Frozen != frozen(parameter))
                parameter.Frozen = !parameter.Frozen;
        }

        foreach (var module in Modules())
            module.FreezeChanged();
    }

    /// <summary>The parameters whose names match, see <see cref="Freeze"/>; a part that matches none is a <see cref="UsageException"/>.</summary>
    /// <param name="pattern">Names or whole subtrees with * and ?, several separated by commas.</param>
    /// <param name="setting">Where the pattern was given, named in errors.</param>
    public IReadOnlyList<Parameter> Matching(string pattern, string setting = "pattern")
    {
        var matched = new List<Parameter>();
        string[] parts = pattern.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0)
            throw new UsageException($"{setting} '{pattern}': expected names of layers or parameters, * and ? as wildcards, separated by commas");
        foreach (string part in parts)
        {
            string glob = Regex.Escape(part).Replace(@"\*", ".*").Replace(@"\?", ".");
            var name = new Regex($@"^{glob}(\..*)?$", RegexOptions.CultureInvariant);
            var hits = NamedParameters().Where(p => name.IsMatch(p.Name)).ToList();
            if (hits.Count == 0)
            {
                // A dotted name is compared with the names of its own depth: layer1.0.conv9 is near layer1.0.conv1, not near layer1.
                var near = Subtrees().Where(n => n.Count(c => c == '.') == part.Count(c => c == '.'));
                throw new UsageException($"{setting}: no parameter matches {part}{NearestName.Suggest(part, near)}; the model has "
                    + $"{string.Join(", ", Subtrees().Where(n => !n.Contains('.')))} (* and ? are wildcards)");
            }

            matched.AddRange(hits);
        }

        return matched;
    }

    // Names of all layers and parameters, in tree order.
    private IEnumerable<string> Subtrees() =>
        NamedParameters().SelectMany(p => p.Name.Split('.') is var steps ? steps.Select((_, i) => string.Join('.', steps[..(i + 1)])) : []).Distinct();

    private IReadOnlyList<Parameter> SetFrozen(string pattern, bool frozen, string setting)
    {
        var matched = Matching(pattern, setting);
        var names = matched.Select(p => p.Name).ToHashSet();
        SetFrozen(p => names.Contains(p.Name) ? frozen : p.Frozen);
        return matched;
    }
}
