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
    public IReadOnlyList<Parameter> Freeze(string pattern) => SetFrozen(pattern, true);

    /// <summary>Lets the parameters whose names match train again; see <see cref="Freeze"/>.</summary>
    public IReadOnlyList<Parameter> Unfreeze(string pattern) => SetFrozen(pattern, false);

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
    public IReadOnlyList<Parameter> Matching(string pattern)
    {
        var matched = new List<Parameter>();
        foreach (string part in pattern.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string glob = Regex.Escape(part).Replace(@"\*", ".*").Replace(@"\?", ".");
            var name = new Regex($@"^{glob}(\..*)?$", RegexOptions.CultureInvariant);
            var hits = NamedParameters().Where(p => name.IsMatch(p.Name)).ToList();
            if (hits.Count == 0)
                throw new UsageException($"no parameter matches {part}; the model has {string.Join(", ", NamedParameters().Select(p => p.Name.Split('.')[0]).Distinct())}");
            matched.AddRange(hits);
        }

        return matched;
    }

    private IReadOnlyList<Parameter> SetFrozen(string pattern, bool frozen)
    {
        var matched = Matching(pattern);
        var names = matched.Select(p => p.Name).ToHashSet();
        SetFrozen(p => names.Contains(p.Name) ? frozen : p.Frozen);
        return matched;
    }
}
