using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Sharpness-aware minimisation (Foret et al. 2021) around another optimizer: <see cref="Ascend"/> moves to p + rho·g / ‖g‖, the second gradient is
/// taken there, and <see cref="Step"/> goes back and steps with it. Adaptive (Kwon et al. 2021): p + rho·p²·g / ‖|p|·g‖.
/// </summary>
internal sealed class Sam : Optimizer
{
    private readonly Optimizer _inner;
    private readonly double _rho;
    private readonly bool _adaptive;
    private readonly Dictionary<Parameter, Tensor> _origin = [];
    private readonly List<Parameter> _moved = [];
    private Tensor? _norm;

    public Sam(Optimizer inner, double rho, bool adaptive)
        : base($"sam_{inner.Name}", inner.Groups) => (_inner, _rho, _adaptive) = (inner, rho, adaptive);

    public override Tensor? Guard
    {
        get => _inner.Guard;
        set => _inner.Guard = value;
    }

    public override bool NeedsSecondGradient => true;

    public override void Ascend()
    {
        if (_moved.Count > 0)
            throw new InvalidOperationException($"optimizer {Name}: Ascend was called twice without a Step between");
        _moved.AddRange(Parameters.Where(p => p.Tensor.Grad is not null));
        if (_moved.Count == 0)
            return;
        var engine = _moved[0].Tensor.Engine;
        _norm ??= engine.EmptyPersistent([2]);
        using var _ = engine.NoGrad();
        using var step = engine.BeginStep();
        engine.Backend.GradNorm([.. _moved.Select(p => _adaptive ? p.Tensor * p.Tensor.Grad! : p.Tensor.Grad!)], _norm);
        var slots = _moved.Select(p => new OptimizerSlot(p.Tensor, p.Tensor.Grad!, OriginOf(p), null, null, 0, 1)).ToList();
        Optim.Step(engine, new OptimizerArgs(OptimizerRule.SamAscend, 0, StepCount + 1) { Rho = _rho, Adaptive = _adaptive }, slots, _norm);
    }

    public override void Step(double learningRate)
    {
        if (_moved.Count == 0 && Parameters.Any(p => p.Tensor.Grad is not null))
            throw new InvalidOperationException($"optimizer {Name} takes two gradients per step: call Ascend after the first");
        foreach (var parameter in _moved)
        {
            parameter.Tensor.MarkChanged();
            parameter.Tensor.Engine.Backend.Copy(_origin[parameter], parameter.Tensor, GradMode.Overwrite);
        }

        _moved.Clear();
        _inner.Step(learningRate);
        GradNorm = _inner.GradNorm;
        StepCount++;
    }

    // Between two steps there is nothing to keep of the ascent: the state is the inner optimizer's.
    protected internal override void PrepareSlots() => _inner.PrepareSlots();

    protected internal override IEnumerable<(string Name, Tensor Tensor)> Slots() => _inner.Slots();

    protected internal override IEnumerable<(string Name, double Value)> Numbers() => _inner.Numbers();

    protected internal override void SetNumber(string name, double value) => _inner.SetNumber(name, value);

    protected internal override void RestoreStep(long steps)
    {
        base.RestoreStep(steps);
        _inner.RestoreStep(steps);
    }

    private Tensor OriginOf(Parameter parameter)
    {
        if (!_origin.TryGetValue(parameter, out var origin))
            _origin.Add(parameter, origin = parameter.Tensor.Engine.EmptyPersistent(parameter.Tensor.Shape));
        return origin;
    }
}
