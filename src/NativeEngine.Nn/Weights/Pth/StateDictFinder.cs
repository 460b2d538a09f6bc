using System.Text.RegularExpressions;

namespace NativeEngine.Nn;

/// <summary>Finds the state dict inside a checkpoint and brings its names to today's form.</summary>
internal static partial class StateDictFinder
{
    /// <summary>Keys under which training scripts put the weights, the best first.</summary>
    private static readonly string[] Wrappers =
        ["state_dict", "model_state_dict", "model", "model_state", "net", "network", "module", "params", "weights", "model_ema", "state_dict_ema", "ema", "ema_state_dict", "teacher", "student"];

    private static readonly string[] Prefixes = ["module.", "_orig_mod."];

    /// <summary>The state dict as host tensors; entries that are no tensors are left out.</summary>
    public static StateDict Find(object? root, Func<PickleTensor, HostTensor> materialize)
    {
        var tensors = Unwrap(root, 4) ?? throw new PickleException("holds no state dict: no dict of named tensors was found");
        string prefix = "";
        while (Prefixes.FirstOrDefault(p => tensors.TrueForAll(t => t.Key.StartsWith(prefix + p, StringComparison.Ordinal))) is { } shared)
            prefix += shared;
        var state = new StateDict();
        foreach (var (name, tensor) in tensors)
        {
            string current = Current(name[prefix.Length..]);
            if (state.ContainsKey(current))
                throw new PickleException($"names tensor {current} twice");
            state.Add(current, materialize(tensor));
        }

        return state;
    }

    private static List<KeyValuePair<string, PickleTensor>>? Unwrap(object? value, int depth)
    {
        if (value is not PickleDict dict || depth == 0)
            return null;
        var named = dict.Named();
        var tensors = named.Where(e => e.Value is PickleTensor).Select(e => KeyValuePair.Create(e.Key, (PickleTensor)e.Value!)).ToList();
        if (tensors.Count > 0)
            return tensors;
        foreach (string wrapper in Wrappers)
        {
            foreach (var (key, inner) in named)
            {
                if (key == wrapper && Unwrap(inner, depth - 1) is { } found)
                    return found;
            }
        }

        return null;
    }

    /// <summary>DenseNet's first checkpoints wrote norm.1 for norm1; a dot inside a module name is no longer allowed.</summary>
    private static string Current(string name) => OldDenseLayer().Replace(name, "$1$2");

    [GeneratedRegex(@"^(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\.(?:weight|bias|running_mean|running_var|num_batches_tracked))$", RegexOptions.CultureInvariant)]
    private static partial Regex OldDenseLayer();
}
