using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>An optimizer that is one update rule of the backend.</summary>
internal sealed class FusedOptimizer : Optimizer
{
    private readonly OptimizerDefinition _definition;
    private readonly OptimizerOptions _options;
    private readonly Dictionary<Parameter, Tensor[]> _states = [];
    private readonly Dictionary<Parameter, OptimizerSlot> _slots = [];
    private readonly List<OptimizerSlot> _active = [];
    private readonly List<Tensor> _grads = [];

    public FusedOptimizer(OptimizerDefinition definition, OptimizerOptions options, IReadOnlyList<ParameterGroup> groups)
        : base(definition.Name, groups)
    {
        _definition = definition;
        _options = options;
    }

    public override void Step(double learningRate)
    {
        Collect();
        StepCount++;
        if (_active.Count == 0)
            return;
        var engine = _active[0].Param.Engine;
        Tensor? norm = null;
        if (_options.ClipNorm > 0)
        {
            norm = GradNorm ??= engine.EmptyPersistent([2]);
            engine.Backend.GradNorm(_grads, norm);
        }

        Optim.Step(engine, Arguments(learningRate), _active, norm);
    }

    private protected override void PrepareSlots()
    {
        foreach (var parameter in Parameters)
            StateOf(parameter);
    }

    private protected override IEnumerable<(string Name, Tensor Tensor)> Slots()
    {
        string[] names = SlotNames();
        foreach (var parameter in Parameters)
        {
            if (!_states.TryGetValue(parameter, out var tensors))
                continue;
            for (int i = 0; i < names.Length; i++)
                yield return ($"{parameter.Name}.{names[i]}", tensors[i]);
        }
    }

    private OptimizerArgs Arguments(double learningRate) => new(_definition.Rule, learningRate, StepCount)
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

    /// <summary>The rule's state tensors under PyTorch's names.</summary>
    private string[] SlotNames() => _definition.Rule switch
    {
        OptimizerRule.Sgd => _options.Momentum > 0 ? ["momentum_buffer"] : [],
        _ => _options.AmsGrad == true ? ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"] : ["exp_avg", "exp_avg_sq"],
    };

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

    private Tensor[] StateOf(Parameter parameter)
    {
        if (_states.TryGetValue(parameter, out var tensors))
            return tensors;
        var engine = parameter.Tensor.Engine;
        tensors = Array.ConvertAll(SlotNames(), _ =>
        {
            var tensor = engine.EmptyPersistent(parameter.Tensor.Shape);
            engine.Backend.Fill(tensor, 0);
            return tensor;
        });
        _states.Add(parameter, tensors);
        return tensors;
    }
}
