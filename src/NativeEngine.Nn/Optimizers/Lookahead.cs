using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Lookahead (Zhang et al. 2019) around another optimizer: every k steps slow += alpha·(p - slow) and p = slow. The slow weights start as the
/// first step finds the parameters; the inner state is kept at a sync.
/// </summary>
internal sealed class Lookahead(string name, Optimizer inner, int k, double alpha) : Optimizer(name, inner.Groups)
{
    private readonly Dictionary<Parameter, Tensor> _slow = [];
    private readonly int _k = k > 0 ? k : throw new UsageException($"optimizer {name}: k = {k}: expects a positive number of steps");
    private readonly double _alpha = alpha is >= 0 and <= 1 ? alpha
        : throw new UsageException($"optimizer {name}: lookahead_alpha = {alpha}: expects a number in 0..1");

    public override Tensor? Guard
    {
        get => inner.Guard;
        set => inner.Guard = value;
    }

    public override void Step(double learningRate)
    {
        PrepareSlow();
        inner.Step(learningRate);
        GradNorm = inner.GradNorm;
        StepCount++;
        if (StepCount % _k != 0)
            return;
        foreach (var (parameter, slow) in _slow)
        {
            if (parameter.Frozen)
                continue;
            var backend = slow.Engine.Backend;
            backend.Copy(slow, slow, GradMode.Overwrite, 1 - _alpha);
            backend.Copy(parameter.Tensor, slow, GradMode.Accumulate, _alpha);
            parameter.Tensor.MarkChanged();
            backend.Copy(slow, parameter.Tensor, GradMode.Overwrite);
        }
    }

    protected internal override void PrepareSlots()
    {
        inner.PrepareSlots();
        PrepareSlow();
    }

    protected internal override IEnumerable<(string Name, Tensor Tensor)> Slots() => inner.Slots().Concat(_slow.Select(s => ($"{s.Key.Name}.slow", s.Value)));

    protected internal override IEnumerable<(string Name, double Value)> Numbers() => inner.Numbers();

    protected internal override void SetNumber(string name, double value) => inner.SetNumber(name, value);

    protected internal override void RestoreStep(long steps)
    {
        base.RestoreStep(steps);
        inner.RestoreStep(steps);
    }

    private void PrepareSlow()
    {
        foreach (var parameter in Parameters)
        {
            if (_slow.ContainsKey(parameter))
                continue;
            var slow = parameter.Tensor.Engine.EmptyPersistent(parameter.Tensor.Shape);
            slow.Engine.Backend.Copy(parameter.Tensor, slow, GradMode.Overwrite);
            _slow.Add(parameter, slow);
        }
    }
}
