using System.Reflection;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// What can be chosen by name and has settings of its own, one record each: losses, optimizers, schedules. A record stands here because it exists: its name
/// is that of its type in snake case, without the ending all of them share, and its settings are its properties, written
/// <c>name(margin=0.5,soft_margin=true)</c>.
/// </summary>
/// <typeparam name="T">The record they all derive from.</typeparam>
public sealed class RecordCatalogue<T> where T : class
{
    private readonly Dictionary<string, RecordEntry<T>> _entries = [];

    /// <param name="kind">What one is called in errors: <c>loss</c>.</param>
    /// <param name="suffix">What all type names end with: <c>Loss</c>.</param>
    /// <param name="types">The records; each has a constructor whose parameters all have defaults.</param>
    public RecordCatalogue(string kind, string suffix, IEnumerable<Type> types)
    {
        (Kind, Suffix) = (kind, suffix);
        foreach (var entry in types.Select(t => new RecordEntry<T>(kind, suffix, t)).OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            foreach (string name in entry.Names)
            {
                if (!_entries.TryAdd(name, entry))
                    throw new InvalidOperationException($"{kind} '{name}' is the name of {_entries[name].Type.FullName} and of {entry.Type.FullName}: "
                        + "rename one, or give it [CatalogueName(...)]");
            }
        }

        Names = [.. _entries.Keys];
    }

    /// <summary>What one is called in errors.</summary>
    public string Kind { get; }

    /// <summary>All names, other words included.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The records, each once.</summary>
    public IEnumerable<RecordEntry<T>> Entries => _entries.Values.Distinct();

    private string Suffix { get; }

    /// <summary>All records of an assembly that derive from <typeparamref name="T"/>.</summary>
    public static IEnumerable<Type> TypesOf(Assembly assembly) =>
        assembly.GetTypes().Where(t => t is { IsAbstract: false, IsPublic: true } && t.IsSubclassOf(typeof(T)));

    /// <summary>These and one more, which takes the place of an entry of its name.</summary>
    /// <typeparam name="TRecord">The record to add.</typeparam>
    public RecordCatalogue<T> With<TRecord>() where TRecord : T
    {
        var added = new RecordEntry<T>(Kind, Suffix, typeof(TRecord));
        return new(Kind, Suffix, [.. Entries.Where(e => !e.Names.Intersect(added.Names).Any()).Select(e => e.Type), typeof(TRecord)]);
    }

    /// <summary>The entry of a name.</summary>
    /// <exception cref="UsageException">unknown name (with the nearest)</exception>
    public RecordEntry<T> Find(string name) => _entries.GetValueOrDefault(name)
        ?? throw new UsageException($"unknown {Kind} '{name}'{NearestName.Suggest(name, Names)}; known are {string.Join(", ", Names)}");

    /// <summary>The record of a name with its defaults.</summary>
    public T Create(string name) => Find(name).Create();
}
