using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// An exponential moving average of a model's parameters and floating-point buffers: average = d·average + (1-d)·current after each update, with
/// d = min(decay, (1 + t) / (10 + t)) so that the first values are forgotten soon. What is frozen has no average, as it would only gather roundings.
/// </summary>
public sealed class WeightAverage
{
    private readonly Module _module;
    private readonly List<(string Name, Tensor Current, Tensor Average)> _pairs = [];

    /// <summary>Starts with the current values.</summary>
    public WeightAverage(Module module, double decay)
    {
        if (decay is not (>= 0 and < 1))
            throw new UsageException($"model average: decay = {decay}: expects a number from 0 to below 1");
        _module = module;
        Decay = decay;
        foreach (var (name, tensor) in Sources())
        {
            var average = tensor.Engine.EmptyPersistent(tensor.Shape);
            tensor.Engine.Backend.Copy(tensor, average, GradMode.Overwrite);
            _pairs.Add((name, tensor, average));
        }
    }

    /// <summary>The highest decay.</summary>
    public double Decay { get; }

    /// <summary>Updates so far.</summary>
    public long Updates { get; private set; }

    /// <summary>Moves the average toward the current values.</summary>
    public void Update()
    {
        double d = Math.Min(Decay, (1.0 + Updates) / (10 + Updates));
        Updates++;
        foreach (var (_, current, average) in _pairs)
        {
            var backend = current.Engine.Backend;
            backend.Copy(average, average, GradMode.Overwrite, d);
            backend.Copy(current, average, GradMode.Accumulate, 1 - d);
        }
    }

    /// <summary>Exchanges the model's values with the averages until the result is disposed: evaluation under the average.</summary>
    public IDisposable Apply()
    {
        Exchange();
        return new Undo(Exchange);
    }

    /// <summary>The averages by name, and the number of updates.</summary>
    public StateDict SaveState()
    {
        var state = new StateDict();
        state.Add(UpdatesKey, HostTensor.From([Updates], 1));
        foreach (var (name, _, average) in _pairs)
            state.Add(name, HostTensor.From(average));
        return state;
    }

    /// <summary>Restores what <see cref="SaveState"/> gave.</summary>
    public void LoadState(StateDict state)
    {
        foreach (var (name, _, average) in _pairs)
        {
            if (!state.TryGetValue(name, out var value))
                throw new CheckpointException($"the saved model average has no {name}");
            value.CopyTo(average);
        }

        Updates = state.TryGetValue(UpdatesKey, out var updates) ? updates.ToLongs()[0] : throw new CheckpointException("the saved model average has no number of updates");
    }

    /// <summary>The element-wise mean of several checkpoints' tensors; integer tensors are taken from the last.</summary>
    /// <exception cref="CheckpointException">names or shapes differ</exception>
    public static StateDict Mean(IReadOnlyList<StateDict> checkpoints)
    {
        if (checkpoints.Count == 0)
            throw new UsageException("averaging takes at least one checkpoint");
        var mean = new StateDict();
        foreach (var (name, last) in checkpoints[^1])
        {
            var values = checkpoints.Select((c, i) => c.TryGetValue(name, out var t) && t.Shape.AsSpan().SequenceEqual(last.Shape) ? t
                : throw new CheckpointException($"checkpoint {i + 1} of {checkpoints.Count} has no {name} of shape [{string.Join(',', last.Shape)}]")).ToList();
            if (!last.Type.IsFloat())
            {
                mean.Add(name, last);
                continue;
            }

            var sum = new double[last.Count];
            foreach (var tensor in values)
            {
                var numbers = tensor.ToDoubles();
                for (int i = 0; i < sum.Length; i++)
                    sum[i] += numbers[i] / checkpoints.Count;
            }

            mean.Add(name, HostTensor.From(Array.ConvertAll(sum, v => (float)v), last.Shape));
        }

        return mean;
    }

    private const string UpdatesKey = "average.updates";

    private IEnumerable<(string Name, Tensor Tensor)> Sources() =>
        _module.NamedParameters().Where(p => !p.Frozen).Select(p => (p.Name, p.Tensor))
            .Concat(_module.Modules().Where(m => m is not BatchNorm { StatisticsFrozen: true }).SelectMany(m => m.OwnBuffers()).Where(b => b.Tensor.DType.IsFloat()).Select(b => (b.Name, b.Tensor)));

    private void Exchange()
    {
        foreach (var (_, current, average) in _pairs)
        {
            var engine = current.Engine;
            using var step = engine.BeginStep();
            var held = engine.Empty(current.Shape);
            engine.Backend.Copy(current, held, GradMode.Overwrite);
            current.MarkChanged();
            engine.Backend.Copy(average, current, GradMode.Overwrite);
            engine.Backend.Copy(held, average, GradMode.Overwrite);
        }
    }

    private sealed class Undo(Action action) : IDisposable
    {
        private Action? _action = action;

        public void Dispose()
        {
            _action?.Invoke();
            _action = null;
        }
    }
}
