using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Changes parameters by their gradients, all of them in one fused call per step. State tensors come into being with the first
/// step and are saved by parameter name.
/// </summary>
public abstract class Optimizer
{
    private protected Optimizer(string name, IReadOnlyList<ParameterGroup> groups)
    {
        Name = name;
        Groups = groups;
    }

    /// <summary>All names that <see cref="Create"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. OptimizerDefinition.All.Select(d => d.Name)];

    /// <summary>The name it was created by.</summary>
    public string Name { get; }

    /// <summary>What it trains.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>Steps done so far.</summary>
    public long StepCount { get; private protected set; }

    /// <summary>
    /// After a step with clipping: the norm of all gradients before clipping and how many elements were not finite, two values on the
    /// device. Null without clipping.
    /// </summary>
    public Tensor? GradNorm { get; private protected set; }

    /// <summary>The optimizer of this name over groups of parameters.</summary>
    /// <exception cref="UsageException">unknown name (with the nearest), an option it does not have, a value out of range</exception>
    public static Optimizer Create(string name, OptimizerOptions options, IReadOnlyList<ParameterGroup> groups)
    {
        var definition = OptimizerDefinition.Of(name);
        return new FusedOptimizer(definition, definition.Resolve(options), groups);
    }

    /// <summary>One update with the gradients that backward left; parameters without a gradient stay as they are.</summary>
    /// <param name="learningRate">Rate of this step; each group multiplies its factor onto it.</param>
    public abstract void Step(double learningRate);

    /// <summary>Forgets the gradients of all parameters.</summary>
    public void ZeroGrad()
    {
        foreach (var parameter in Parameters)
            parameter.Tensor.ZeroGrad();
    }

    /// <summary>A copy of the state: the name, the number of steps, and the slots as <c>parameter.slot</c>.</summary>
    public StateDict SaveState()
    {
        var state = new StateDict();
        state.Add(NameKey, new HostTensor(WeightType.U8, [Name.Length], System.Text.Encoding.ASCII.GetBytes(Name)));
        state.Add(StepKey, HostTensor.From([StepCount], 1));
        if (StepCount > 0)
            PrepareSlots();
        foreach (var (name, tensor) in Slots())
            state.Add(name, HostTensor.From(tensor));
        return state;
    }

    /// <summary>Restores what <see cref="SaveState"/> gave.</summary>
    /// <exception cref="CheckpointException">state of another optimizer, or of other parameters: names what differs</exception>
    public void LoadState(StateDict state)
    {
        string saved = state.TryGetValue(NameKey, out var name) ? System.Text.Encoding.ASCII.GetString(name.Bytes.Span) : "";
        if (saved != Name)
            throw new CheckpointException($"the saved optimizer state belongs to '{saved}', this run uses '{Name}'");
        if (!state.TryGetValue(StepKey, out var step))
            throw new CheckpointException($"the saved optimizer state has no number of steps ('{StepKey}')");
        StepCount = step.ToLongs()[0];
        PrepareSlots();
        var slots = Slots().ToDictionary(s => s.Name, s => s.Tensor);
        var faults = new List<string>();
        // State exists from the first step on; a state saved before it has none to restore.
        if (StepCount > 0)
            faults.AddRange(slots.Keys.Where(k => !state.ContainsKey(k)).Select(k => $"{k} is missing"));
        faults.AddRange(state.Keys.Where(k => k is not (NameKey or StepKey) && !slots.ContainsKey(k)).Select(k => $"{k} is not part of this run"));
        foreach (var (key, tensor) in slots)
        {
            if (state.TryGetValue(key, out var value) && !value.Shape.AsSpan().SequenceEqual(tensor.Shape.AsSpan()))
                faults.Add($"{key} is [{string.Join(',', value.Shape)}], this run needs {tensor.Shape}");
        }

        if (faults.Count > 0)
        {
            const int shown = 8;
            string more = faults.Count > shown ? $", and {faults.Count - shown} more" : "";
            throw new CheckpointException($"the saved state of optimizer '{Name}' does not fit: {string.Join("; ", faults.Take(shown))}{more}");
        }

        foreach (var (key, tensor) in slots)
        {
            if (state.TryGetValue(key, out var value))
                value.CopyTo(tensor);
        }
    }

    /// <summary>Trained parameters in group order.</summary>
    private protected IEnumerable<Parameter> Parameters => Groups.SelectMany(g => g.Parameters).Where(p => !p.Frozen);

    /// <summary>Makes sure that the state tensors exist.</summary>
    private protected abstract void PrepareSlots();

    /// <summary>The state tensors that exist, by name.</summary>
    private protected abstract IEnumerable<(string Name, Tensor Tensor)> Slots();

    private const string NameKey = "optimizer";

    private const string StepKey = "step";
}
