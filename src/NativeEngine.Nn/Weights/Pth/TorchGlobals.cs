using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>The only names a pickle may use, and what they build. Everything else is refused by name; nothing is ever executed.</summary>
internal static class TorchGlobals
{
    private const string OrderedDict = "collections.OrderedDict";
    private const string Size = "torch.Size";
    private const string RebuildTensor = "torch._utils._rebuild_tensor_v2";
    private const string RebuildTensorV1 = "torch._utils._rebuild_tensor";
    private const string RebuildParameter = "torch._utils._rebuild_parameter";
    private const string RebuildParameterWithState = "torch._utils._rebuild_parameter_with_state";
    private const string RebuildFromType = "torch._tensor._rebuild_from_type_v2";
    private const string Device = "torch.device";
    private const string Counter = "collections.Counter";
    private const string Encode = "_codecs.encode";
    private const string Set = "builtins.set";
    private const string FrozenSet = "builtins.frozenset";
    private const string Bytes = "builtins.bytes";
    private const string ByteArray = "builtins.bytearray";
    private const string Complex = "builtins.complex";

    private static readonly Dictionary<string, WeightType> Storages = new()
    {
        ["torch.DoubleStorage"] = WeightType.F64,
        ["torch.FloatStorage"] = WeightType.F32,
        ["torch.HalfStorage"] = WeightType.F16,
        ["torch.BFloat16Storage"] = WeightType.BF16,
        ["torch.LongStorage"] = WeightType.I64,
        ["torch.IntStorage"] = WeightType.I32,
        ["torch.ShortStorage"] = WeightType.I16,
        ["torch.CharStorage"] = WeightType.I8,
        ["torch.ByteStorage"] = WeightType.U8,
        ["torch.BoolStorage"] = WeightType.BOOL,
    };

    /// <summary>The largest number of extents a tensor may have.</summary>
    public const int MaxRank = 16;

    // The tar format names the class of each tensor (torch.FloatTensor), too; nothing is made of it.
    private static readonly HashSet<string> Names =
        [OrderedDict, Counter, Size, RebuildTensor, RebuildTensorV1, RebuildParameter, RebuildParameterWithState, RebuildFromType, "torch.Tensor",
            "torch.nn.parameter.Parameter",
         Device, Encode, Set, FrozenSet, Bytes, ByteArray, Complex, .. Storages.Keys,
             .. Storages.Keys.Select(k => k.Replace("Storage", "Tensor", StringComparison.Ordinal))];

    /// <summary>The element type of a storage class, null for any other name.</summary>
    public static WeightType? ElementOf(PickleGlobal type) => Storages.TryGetValue(type.Name, out var element) ? element : null;

    /// <summary>Resolves a name of the pickle.</summary>
    public static PickleGlobal Find(string module, string name)
    {
        string full = $"{(module == "__builtin__" ? "builtins" : module)}.{name}"; // Python 2's name, which protocol 2 keeps
        if (module == "torch" && name is "float64" or "float32" or "float16" or "bfloat16" or "int64" or "int32" or "int16" or "int8" or "uint8" or "bool")
            return new PickleGlobal(full); // an element type among the settings of a checkpoint
        return Names.Contains(full) ? new PickleGlobal(full)
            : throw new PickleException($"needs the class or function {Printable.Text(full)}, which is not among the plain types and tensors that are "
                + "read (a file of model.state_dict() alone needs none)");
    }

    /// <summary>Builds what calling a name would build.</summary>
    public static object? Call(PickleGlobal function, object?[] arguments)
    {
        switch (function.Name)
        {
            case OrderedDict when arguments.Length == 0:
                return new PickleDict();
            case OrderedDict when arguments is [List<object?> pairs]: // Python 2 wrote the items as a list of pairs
                var dict = new PickleDict();
                foreach (var pair in pairs)
                {
                    object?[]? items = pair is PickleTuple tuple ? tuple.Items : (pair as List<object?>)?.ToArray();
                    if (items is not { Length: 2 })
                        throw new PickleException("has an OrderedDict entry that is not a pair");
                    dict.Set(items[0], items[1]);
                }

                return dict;
            case Size when arguments is [PickleTuple size]:
                return size;
            case Device:
                return new PickleTuple(arguments);
            case RebuildParameter or RebuildParameterWithState when arguments is [PickleTensor tensor, ..]:
                return tensor;
            // a tensor with attributes of its own
            case RebuildFromType when arguments is [PickleGlobal rebuild, PickleGlobal, PickleTuple inner, ..] && rebuild.Name != RebuildFromType:
                return Call(rebuild, inner.Items);
            case Counter when arguments is [PickleDict counts]: // milestones of a schedule
                return counts;
            case Set or FrozenSet when arguments is [List<object?>]:
            case ByteArray when arguments is [byte[] or string]:
            case Encode or ByteArray when arguments is [string, "latin1" or "latin-1"]: // how protocol 2 writes bytes
                return arguments[0]; // a copy for nobody: the same text could be asked for a million times
            case Set or FrozenSet or Bytes or ByteArray or Complex when arguments.Length == 0:
            case Complex when arguments is [double, double]:
                return new PickleTuple(arguments);
            case RebuildTensor or RebuildTensorV1 when arguments is [PickleStorage storage, long offset, PickleTuple shape, PickleTuple strides, ..]:
                return Tensor(storage, offset, shape.Items, strides.Items);
            default:
                throw new PickleException($"calls {Printable.Text(function.Name)} with arguments it does not take");
        }
    }

    /// <summary>A reference to a storage: ("storage", type, key, location, count[, view]).</summary>
    public static PickleStorage Storage(object? id)
    {
        if (id is not PickleTuple { Items: ["storage", PickleGlobal type, string key, _, long count, .. var rest] }
                || !Storages.TryGetValue(type.Name, out var element))
            throw new PickleException("has a reference that is not a typed storage");
        if (count < 0)
            throw new PickleException($"has a storage of {count} elements");
        if (rest is [not null, ..])
            throw new PickleException($"has a storage {Printable.Text(key)} that is a view of another storage");
        return new PickleStorage(element, key, count);
    }

    /// <summary>A strided view of a storage that lies inside it.</summary>
    public static PickleTensor Tensor(PickleStorage storage, long offset, object?[] shape, object?[] strides)
    {
        if (shape.Length != strides.Length || shape.Length > MaxRank)
            throw new PickleException($"has a tensor with {shape.Length} extents and {strides.Length} strides");
        var dims = new int[shape.Length];
        var steps = new long[shape.Length];
        Int128 last = offset, count = 1;
        for (int i = 0; i < dims.Length; i++)
        {
            if (shape[i] is not long extent || strides[i] is not long stride || extent is < 0 or > int.MaxValue || stride < 0)
                throw new PickleException("has a tensor whose shape or strides are not whole numbers ≥ 0");
            (dims[i], steps[i]) = ((int)extent, stride);
            last += (Int128)Math.Max(extent - 1, 0) * stride;
            count *= extent;
            if (count > Array.MaxLength)
                throw new PickleException($"has a tensor of [{string.Join(',', shape)}] elements");
        }

        if (offset < 0)
            throw new PickleException($"has a tensor that starts at element {offset}");
        if (count > 0 && last >= storage.Count)
            throw new PickleException($"has a tensor that reads element {last} of a storage of {storage.Count}");
        return new PickleTensor(storage, offset, dims, steps);
    }
}
