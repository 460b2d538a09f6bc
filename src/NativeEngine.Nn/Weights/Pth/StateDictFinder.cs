using System.Text.RegularExpressions;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Finds the state dict inside a checkpoint and brings its names to today's form.</summary>
internal static partial class StateDictFinder
{
    private const int MaxDepth = 8, MaxPrefixes = 8;

    /// <summary>Written by <c>torch.optim.swa_utils.AveragedModel</c> beside the weights: how many models were averaged.</summary>
    private const string AveragedCount = "n_averaged";

    /// <summary>Keys under which training scripts put the weights, the best first.</summary>
    private static readonly string[] Wrappers =
    [
        "state_dict", "model_state_dict", "model", "model_state", "net", "network", "module", "params", "weights",
        "model_ema", "state_dict_ema", "ema", "ema_state_dict", "params_ema", "teacher", "student",
    ];

    private static readonly string[] Prefixes = ["module.", "_orig_mod."];

    /// <summary>The state dict as host tensors; entries that are no tensors are left out.</summary>
    /// <param name="root">What the file holds.</param>
    /// <param name="materialize">Reads a tensor's elements.</param>
    /// <returns>The state dict, and the names of the tensors beside it, which belong to no model.</returns>
    public static (StateDict State, IReadOnlyList<string> Beside) Find(object? root, Func<PickleTensor, HostTensor> materialize)
    {
        var beside = new List<string>();
        var tensors = (root is PickleDict dict ? Unwrap(dict, MaxDepth, [], beside) : null)
            ?? throw new PickleException("holds no state dict: no dict of named tensors was found");
        string prefix = Prefix(tensors);
        var state = new StateDict();
        var names = new Dictionary<string, string>();
        foreach (var (name, tensor) in tensors)
        {
            if (prefix.Length > 0 && name == AveragedCount)
                continue;
            string current = Current(name[prefix.Length..]);
            if (!names.TryAdd(current, name))
                throw new PickleException($"holds {Printable.Text(names[current])} and {Printable.Text(name)}, which are two names of one tensor "
                    + $"{Printable.Text(current)}; expected one of them");
            state.Add(current, materialize(tensor));
        }

        return (state, beside);
    }

    /// <summary>The named tensors of a dict, or of a dict inside it; null when there are none.</summary>
    /// <param name="dict">A level of the checkpoint.</param>
    /// <param name="depth">Levels that may still be entered.</param>
    /// <param name="seen">Dicts already looked into: a hostile file may name one dict many times, or put it into itself.</param>
    /// <param name="beside">Takes the names of tensors on the levels above the one that was chosen.</param>
    private static List<KeyValuePair<string, PickleTensor>>? Unwrap(PickleDict dict, int depth, HashSet<PickleDict> seen, List<string> beside)
    {
        if (depth == 0 || !seen.Add(dict))
            return null;
        var named = dict.Named();
        var tensors = named.Where(e => e.Value is PickleTensor).Select(e => KeyValuePair.Create(e.Key, (PickleTensor)e.Value!)).ToList();
        bool parameters = tensors.Exists(t => t.Key.Contains('.', StringComparison.Ordinal)); // names of a module's parameters
        var inner = named.Where(e => e.Value is PickleDict).ToDictionary(e => e.Key, e => (PickleDict)e.Value!);
        foreach (string wrapper in Wrappers)
        {
            var under = new List<string>();
            if (!inner.Remove(wrapper, out var wrapped) || Unwrap(wrapped, depth - 1, seen, under) is not { } found)
                continue;
            // A loss's own weights may stand beside the model's; a state dict of its own may have an average beside it.
            if (parameters && found.Count <= tensors.Count && wrapper is not ("state_dict" or "model_state_dict"))
                continue;
            beside.AddRange(tensors.Select(t => t.Key)); // figures of the training, as best_acc1
            beside.AddRange(under);
            return found;
        }

        if (tensors.Count > 0)
            return tensors;
        var candidates = new List<(string Key, List<KeyValuePair<string, PickleTensor>> Tensors)>();
        foreach (var (key, other) in inner)
        {
            if (!key.StartsWith("optim", StringComparison.Ordinal) && Unwrap(other, depth - 1, seen, []) is { } found)
                candidates.Add((key, found));
        }

        if (candidates.Count > 1)
            throw new PickleException($"holds {candidates.Count} dicts of tensors "
                + $"({string.Join(", ", candidates.Take(5).Select(c => Printable.Text(c.Key)))}{(candidates.Count > 5 ? ", ..." : "")}) and none under a "
                    + "usual name such as state_dict or model");
        return candidates.Count == 1 ? candidates[0].Tensors : null;
    }

    /// <summary>What wrappers around the model (DataParallel, torch.compile) put before every name.</summary>
    private static string Prefix(List<KeyValuePair<string, PickleTensor>> tensors)
    {
        string prefix = "";
        var names = tensors.Select(t => t.Key).Where(n => n != AveragedCount).ToList();
        for (int i = 0; i < MaxPrefixes && names.Count > 0; i++)
        {
            if (Prefixes.FirstOrDefault(p => names.TrueForAll(n => n.AsSpan(prefix.Length).StartsWith(p, StringComparison.Ordinal))) is not { } shared)
                break;
            prefix += shared;
        }

        return prefix;
    }

    /// <summary>DenseNet's first checkpoints wrote norm.1 for norm1; a dot inside a module name is no longer allowed.</summary>
    private static string Current(string name) => OldDenseLayer().Replace(name, "$1$2");

    [GeneratedRegex(@"^(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\.(?:weight|bias|running_mean|running_var|num_batches_tracked))$",
        RegexOptions.CultureInvariant)]
    private static partial Regex OldDenseLayer();
}
