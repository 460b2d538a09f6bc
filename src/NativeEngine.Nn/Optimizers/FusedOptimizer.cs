using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>An optimizer that is one update rule of the backend.</summary>
internal sealed class FusedOptimizer : Optimizer
{
    private readonly OptimizerDefinition _definition;
    private readonly OptimizerOptions _options;
    private readonly FactorMemory _memory = new();
    private readonly string?[] _slotNames;
    private readonly Dictionary<Parameter, Tensor?[]> _states = [];
    private readonly Dictionary<Parameter, OptimizerSlot> _slots = [];
    private readonly List<OptimizerSlot> _active = [];
    private readonly List<Tensor> _grads = [];

    public FusedOptimizer(OptimizerDefinition definition, OptimizerOptions options, IReadOnlyList<ParameterGroup> groups)
        : base(definition.Name, groups)
    {
        _definition = definition;
        _options = options;
        _slotNames = definition.SlotNames(options);
    }

    public override void Step(double learningRate)
    {
        if (_options.Centralize == true)
            GradientClipping.Centralize(Parameters);
        if (_options.ClipValue > 0)
            GradientClipping.ByValue(Parameters, _options.ClipValue);
        if (_options.ClipRatio > 0)
            GradientClipping.Adaptive(Parameters, _options.ClipRatio);
        Collect();
        StepCount++;
        if (_active.Count == 0)
            return;
        var engine = _active[0].Param.Engine;
        var norm = Guard;
        if (_options.ClipNorm > 0)
        {
            norm = GradNorm ??= engine.EmptyPersistent([2]);
            engine.Backend.GradNorm(_grads, norm);
        }

        Optim.Step(engine, Arguments(learningRate), _active, norm);
    }

    internal override void PrepareSlots()
    {
        foreach (var parameter in Parameters)
            StateOf(parameter);
    }

    internal override IEnumerable<(string Name, Tensor Tensor)> Slots()
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

    internal override IEnumerable<(string Name, double Value)> Numbers() => _definition.Rule == OptimizerRule.AdaBound ? [("base_lr", _memory.BaseLr)] : [];

    internal override void SetNumber(string name, double value) => _memory.BaseLr = value;

    private OptimizerArgs Arguments(double learningRate)
    {
        var args = new OptimizerArgs(_definition.Rule, learningRate, StepCount)
        {
            Momentum = _options.Momentum ?? 0,
            Dampening = _options.Dampening ?? 0,
            Nesterov = _options.Nesterov ?? false,
            Beta1 = _options.Betas?.First ?? 0,
            Beta2 = _options.Betas?.Second ?? 0,
            Eps = _options.Eps ?? 0,
            AmsGrad = _options.AmsGrad ?? false,
            ClipNorm = _options.ClipNorm,
        };
        return _definition.Factors?.Invoke(args, _options, _memory) ?? args;
    }

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
                    slot = new(parameter.Tensor, gradient, state.ElementAtOrDefault(0), state.ElementAtOrDefault(1), state.ElementAtOrDefault(2), group.WeightDecay, group.LrScale);
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
        tensors = Array.ConvertAll(_slotNames, name => name is null ? null : Filled(parameter.Tensor, _options.InitialAccumulatorValue ?? 0));
        _states.Add(parameter, tensors);
        return tensors;
    }
}
