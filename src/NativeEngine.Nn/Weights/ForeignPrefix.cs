using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Names of a model that was a part of something larger when it was saved: Lightning writes <c>model.conv1.weight</c>, others
/// <c>backbone.</c></summary>
internal static class ForeignPrefix
{
    /// <summary>The prefix without which most tensors of a file have names of the model; null when some have them as they are, or two prefixes are as
    /// good.</summary>
    /// <param name="file">Names in the file.</param>
    /// <param name="own">Names in the model.</param>
    public static string? Find(IEnumerable<string> file, IReadOnlySet<string> own)
    {
        var votes = new Dictionary<string, int>();
        foreach (string name in file)
        {
            if (own.Contains(name))
                return null;
            for (int dot = name.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = name.IndexOf('.', dot + 1))
            {
                if (!own.Contains(name[(dot + 1)..]))
                    continue;
                string prefix = name[..(dot + 1)];
                votes[prefix] = votes.GetValueOrDefault(prefix) + 1;
                break;
            }
        }

        var best = votes.OrderByDescending(v => v.Value).Take(2).ToList();
        return best.Count == 0 || (best.Count == 2 && best[0].Value == best[1].Value) ? null : best[0].Key;
    }

    /// <summary>The file's tensors, without the prefix where they have it.</summary>
    /// <param name="file">The tensors.</param>
    /// <param name="prefix">Of <see cref="Find"/>.</param>
    /// <param name="source">Named in errors: the file.</param>
    /// <exception cref="CheckpointException">Two tensors would have one name; names both.</exception>
    public static StateDict Drop(StateDict file, string prefix, string source)
    {
        var state = new StateDict();
        foreach (var (name, tensor) in file)
        {
            bool has = name.StartsWith(prefix, StringComparison.Ordinal);
            string kept = has ? name[prefix.Length..] : name;
            if (state.ContainsKey(kept))
            {
                string other = Printable.Text(has ? kept : prefix + name);
                throw new CheckpointException($"{source}: {other} and {Printable.Text(name)} are the same tensor without the prefix "
                    + $"{Printable.Text(prefix)} that most names have; expected one of them");
            }

            state.Add(kept, tensor);
        }

        return state;
    }
}
