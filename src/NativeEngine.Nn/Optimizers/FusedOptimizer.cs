using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>An optimizer that is one update rule of the backend.</summary>
internal sealed class FusedOptimizer : Optimizer
{
    private readonly FusedSettings _settings;
    private readonly Clipping _clipping;
    private readonly FactorMemory _memory = new();
    private readonly string?[] _slotNames;
    private readonly Dictionary<Parameter, Tensor?[]> _states = [];
    private readonly Dictionary<Parameter, OptimizerSlot> _slots = [];
    private readonly List<OptimizerSlot> _active = [];
    private readonly List<Tensor> _grads = [];

    public FusedOptimizer(FusedSettings settings, IReadOnlyList<ParameterGroup> groups, Clipping clipping)
        : base(settings.Name, groups)
    {
        _settings = settings;
        _clipping = clipping;
        _slotNames = [.. settings.Slots];
        foreach (var (value, name) in new[] { (clipping.Norm, "norm"), (clipping.Value, "value"), (clipping.Ratio, "ratio") })
        {
            if (!(value >= 0))
                throw new UsageException(FormattableString.Invariant($"optimizer {Name}: clip {name} = {value}: expects a number of at least 0"));
        }
    }

    public override void Step(double learningRate)
    {
        if (_settings.CentralizesGradients)
            GradientClipping.Centralize(Parameters);
        if (_clipping.Value > 0)
            GradientClipping.ByValue(Parameters, _clipping.Value);
        if (_clipping.Ratio > 0)
            GradientClipping.Adaptive(Parameters, _clipping.Ratio);
        Collect();
        StepCount++;
        if (_active.Count == 0)
            return;
        var engine = _active[0].Param.Engine;
        var norm = Guard;
        if (_clipping.Norm > 0)
        {
            norm = GradNorm ??= engine.EmptyPersistent([2]);
            engine.Backend.GradNorm(_grads, norm);
        }

        Optim.Step(engine, _settings.Fill(new OptimizerArgs(_settings.Rule, learningRate, StepCount) { ClipNorm = _clipping.Norm }, _memory), _active, norm);
    }

    protected internal override void PrepareSlots()
    {
        foreach (var parameter in Parameters)
            StateOf(parameter);
    }

    protected internal override IEnumerable<(string Name, Tensor Tensor)> Slots()
    {
        foreach (var parameter in Parameters)
        {
            if (!_states.TryGetValue(parameter, out var tensors))
                continue;
            for (int i = 0; i < _slotNames.Length; i++)
            {
                if (!string.IsNullOrEmpty(_slotNames[i]))
                    yield return ($"{parameter.Name}.{_slotNames[i]}", tensors[i]!);
            }
        }
    }

    protected internal override IEnumerable<(string Name, double Value)> Numbers() => _settings.Rule == OptimizerRule.AdaBound
        ? [("base_lr", _memory.BaseLr)] : [];

    protected internal override void SetNumber(string name, double value) => _memory.BaseLr = value;

    private void Collect()
    {
        _active.Clear();
        _grads.Clear();
        foreach (var group in Groups)
        {
            foreach (var parameter in group.Parameters)
            {
                if (parameter.Frozen || parameter.Tensor.Grad is not { } gradient)
                    continue;
                if (!_slots.TryGetValue(parameter, out var slot) || !ReferenceEquals(slot.Grad, gradient))
                {
                    var state = StateOf(parameter);
                    slot = new(parameter.Tensor, gradient, state.ElementAtOrDefault(0), state.ElementAtOrDefault(1), state.ElementAtOrDefault(2),
                        group.WeightDecay, group.LrScale);
                    _slots[parameter] = slot;
                }

                _active.Add(slot);
                _grads.Add(gradient);
            }
        }
    }

    private Tensor?[] StateOf(Parameter parameter)
    {
        if (_states.TryGetValue(parameter, out var tensors))
            return tensors;
        tensors = Array.ConvertAll(_slotNames, name => name is null ? null : Filled(parameter.Tensor, _settings.SlotStart));
        _states.Add(parameter, tensors);
        return tensors;
    }
}
