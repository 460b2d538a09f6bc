using System.Text;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Changes parameters by their gradients, all of them in one fused call per step. State tensors come into being with the first
/// step and are saved by parameter name.
/// </summary>
public abstract class Optimizer
{
    private const string NameKey = "optimizer";
    private const string StepKey = "step";

    /// <param name="name">The name in saved state.</param>
    /// <param name="groups">What it trains.</param>
    protected Optimizer(string name, IReadOnlyList<ParameterGroup> groups)
    {
        Name = name;
        Groups = groups;
    }

    /// <summary>The name it was created by.</summary>
    public string Name { get; }

    /// <summary>What it trains.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>Steps done so far.</summary>
    public long StepCount { get; protected set; }

    /// <summary>
    /// After a step with clipping by norm: the norm of all gradients before clipping and how many elements were not finite, two values on
    /// the device. Null without clipping.
    /// </summary>
    public Tensor? GradNorm { get; protected set; }

    /// <summary>
    /// The result of <see cref="Optim.GradNorm"/> over all gradients, when the caller measures it anyway: a step whose gradients are not all
    /// finite then changes nothing, without anybody waiting for the number. Null: not looked at.
    /// </summary>
    public virtual Tensor? Guard { get; set; }

    /// <summary>
    /// True when a step takes two gradients: after the first call <see cref="Ascend"/>, compute the gradient again there, then
    /// <see cref="Step"/>. Batch-norm statistics must be updated by one of the two only, see <see cref="Module.PauseStatistics"/>.
    /// </summary>
    public virtual bool NeedsSecondGradient => false;

    /// <summary>One update with the gradients that backward left; parameters without a gradient stay as they are.</summary>
    /// <param name="learningRate">Rate of this step; each group multiplies its factor onto it.</param>
    public abstract void Step(double learningRate);

    /// <summary>Moves the parameters to where the second gradient is wanted; only for optimizers that need one.</summary>
    public virtual void Ascend() => throw new InvalidOperationException($"optimizer {Name} takes one gradient per step");

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
        state.Add(NameKey, new HostTensor(WeightType.U8, [Name.Length], Encoding.ASCII.GetBytes(Name)));
        state.Add(StepKey, HostTensor.From([StepCount], 1));
        if (StepCount > 0)
            PrepareSlots();
        foreach (var (name, value) in Numbers())
            state.Add(name, HostTensor.From([value], 1));
        foreach (var (name, tensor) in Slots())
            state.Add(name, HostTensor.From(tensor));
        return state;
    }

    /// <summary>Restores what <see cref="SaveState"/> gave.</summary>
    /// <exception cref="CheckpointException">state of another optimizer, or of other parameters: names what differs</exception>
    public void LoadState(StateDict state)
    {
        string saved = state.TryGetValue(NameKey, out var name) ? Encoding.ASCII.GetString(name.Bytes.Span) : "";
        if (saved != Name)
            throw new CheckpointException($"the saved optimizer state belongs to '{saved}', this run uses '{Name}'");
        if (!state.TryGetValue(StepKey, out var step) || step.Count != 1)
            throw new CheckpointException($"the saved optimizer state has no number of steps ('{StepKey}')");
        long steps = step.ToLongs()[0];
        PrepareSlots();
        var slots = Slots().ToDictionary(s => s.Name, s => s.Tensor);
        var numbers = Numbers().Select(n => n.Name).ToList();
        var faults = new List<string>();
        // State exists from the first step on; one saved before it has none to restore.
        if (steps > 0)
            faults.AddRange(slots.Keys.Concat(numbers).Where(k => !state.ContainsKey(k)).Select(k => $"{k} is missing"));
        faults.AddRange(state.Keys.Where(k => k is not (NameKey or StepKey) && !slots.ContainsKey(k) && !numbers.Contains(k))
            .Select(k => $"{k} is not part of this run"));
        foreach (var (key, tensor) in slots)
        {
            if (state.TryGetValue(key, out var value) && !value.Shape.AsSpan().SequenceEqual(tensor.Shape.AsSpan()))
                faults.Add($"{key} is [{string.Join(',', value.Shape)}], this run needs {tensor.Shape}");
        }

        faults.AddRange(numbers.Where(k => state.TryGetValue(k, out var value) && value.Count != 1)
            .Select(k => $"{k} is [{string.Join(',', state[k].Shape)}], this run needs one number"));
        if (faults.Count > 0)
        {
            const int shown = 8;
            string more = faults.Count > shown ? $", and {faults.Count - shown} more" : "";
            throw new CheckpointException($"the saved state of optimizer '{Name}' does not fit: {string.Join("; ", faults.Take(shown))}{more}");
        }

        RestoreStep(steps);
        foreach (string number in numbers)
        {
            if (state.TryGetValue(number, out var value))
                SetNumber(number, value.ToDoubles()[0]);
        }

        foreach (var (key, tensor) in slots)
        {
            if (state.TryGetValue(key, out var value))
                value.CopyTo(tensor);
        }
    }

    /// <summary>Trained parameters in group order.</summary>
    protected IEnumerable<Parameter> Parameters => Groups.SelectMany(g => g.Parameters).Where(p => !p.Frozen);

    /// <summary>Makes sure that the state tensors exist.</summary>
    protected internal abstract void PrepareSlots();

    /// <summary>The state tensors that exist, by name.</summary>
    protected internal abstract IEnumerable<(string Name, Tensor Tensor)> Slots();

    /// <summary>Numbers that are part of the state.</summary>
    protected internal virtual IEnumerable<(string Name, double Value)> Numbers() => [];

    /// <summary>Restores one of <see cref="Numbers"/>.</summary>
    protected internal virtual void SetNumber(string name, double value) => throw new ArgumentException($"optimizer {Name} has no number {name}");

    /// <summary>Sets the number of steps done, of wrapped optimizers too.</summary>
    protected internal virtual void RestoreStep(long steps) => StepCount = steps;

    /// <summary>A persistent tensor of a shape, all elements one value.</summary>
    protected static Tensor Filled(Tensor like, double value = 0)
    {
        var filled = like.Engine.EmptyPersistent(like.Shape);
        like.Engine.Backend.Fill(filled, value);
        return filled;
    }
}
