using System.Collections;
using System.Diagnostics.CodeAnalysis;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>Named tensors on the host, in the order they were added.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "state dict is the field's word for it")]
public sealed class StateDict : IReadOnlyDictionary<string, HostTensor>
{
    private readonly Dictionary<string, HostTensor> _tensors = [];
    private readonly List<string> _order = [];

    /// <inheritdoc/>
    public HostTensor this[string key] => _tensors[key];

    /// <inheritdoc/>
    public IEnumerable<string> Keys => _order;

    /// <inheritdoc/>
    public IEnumerable<HostTensor> Values => _order.Select(n => _tensors[n]);

    /// <inheritdoc/>
    public int Count => _order.Count;

    /// <summary>Number of elements of all tensors.</summary>
    public long Elements => _tensors.Values.Sum(t => t.Count);

    /// <summary>Adds a tensor; its name must be new.</summary>
    public void Add(string name, HostTensor tensor)
    {
        if (!_tensors.TryAdd(name, tensor))
            throw new ArgumentException($"tensor {name} is named twice", nameof(name));
        _order.Add(name);
    }

    /// <summary>The same tensors with all floats as one type; integers stay.</summary>
    /// <param name="type">F64, F32, F16 or BF16.</param>
    /// <param name="source">Named in errors: the file.</param>
    /// <exception cref="CheckpointException">A number is beyond the largest of that type; names tensor and number.</exception>
    public StateDict WithFloatsAs(WeightType type, string source)
    {
        var converted = new StateDict();
        foreach (var (name, tensor) in this)
        {
            try
            {
                converted.Add(name, tensor.Type.IsFloat() ? tensor.To(type) : tensor);
            }
            catch (OverflowException e)
            {
                throw new CheckpointException($"{source}: {Printable.Text(name)}: {e.Message}", e);
            }
        }

        return converted;
    }

    /// <inheritdoc/>
    public bool ContainsKey(string key) => _tensors.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out HostTensor value) => _tensors.TryGetValue(key, out value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, HostTensor>> GetEnumerator() =>
        _order.Select(n => KeyValuePair.Create(n, _tensors[n])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
