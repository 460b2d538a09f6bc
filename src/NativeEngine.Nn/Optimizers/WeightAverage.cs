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
    /// <exception cref="CheckpointException">an average of another model: names what is missing or has another shape</exception>
    public void LoadState(StateDict state)
    {
        if (!state.TryGetValue(UpdatesKey, out var updates) || updates.Count != 1)
            throw new CheckpointException("the saved model average has no number of updates");
        foreach (var (name, _, average) in _pairs)
        {
            if (!state.TryGetValue(name, out var value))
                throw new CheckpointException($"the saved model average has no {name}");
            if (!value.Shape.AsSpan().SequenceEqual(average.Shape.AsSpan()))
                throw new CheckpointException($"the saved model average of {name} is [{string.Join(',', value.Shape)}], this run needs {average.Shape}");
        }

        foreach (var (name, _, average) in _pairs)
            state[name].CopyTo(average);
        Updates = updates.ToLongs()[0];
    }

    /// <summary>The element-wise mean of several checkpoints' tensors, summed in double in the given order; integer tensors are taken from the last.</summary>
    /// <param name="checkpoints">Tensors of equal names and shapes.</param>
    /// <param name="sources">What each checkpoint is called in errors; its position when absent.</param>
    /// <returns>In the order and with the names of the last: F64 where that has F64, else F32 for every float.</returns>
    /// <exception cref="CheckpointException">names or shapes differ; lists them</exception>
    public static StateDict Mean(IReadOnlyList<StateDict> checkpoints, IReadOnlyList<string>? sources = null)
    {
        if (checkpoints.Count == 0)
            throw new UsageException("averaging takes at least one checkpoint");
        var model = checkpoints[^1];
        string Source(int i) => sources?[i] ?? $"checkpoint {i + 1} of {checkpoints.Count}";
        for (int i = 0; i < checkpoints.Count - 1; i++)
        {
            if (Differences(checkpoints[i], model) is { Count: > 0 } differ)
                throw new CheckpointException($"{Source(i)} and {Source(checkpoints.Count - 1)} are of different models: {NameList.Some(differ, most: 5)}");
        }

        var mean = new StateDict();
        foreach (var (name, last) in model)
            mean.Add(name, last.Type.IsFloat() && !WeightValues.IsBatchCount(name) ? Mean(checkpoints.Select(c => c[name]).ToList(), last) : last);
        return mean;
    }

    private static HostTensor Mean(List<HostTensor> values, HostTensor last)
    {
        var sum = new double[last.Count];
        foreach (var tensor in values)
        {
            var numbers = tensor.ToDoubles();
            for (int i = 0; i < sum.Length; i++)
                sum[i] += numbers[i];
        }

        for (int i = 0; i < sum.Length; i++)
            sum[i] /= values.Count;
        return last.Type == WeightType.F64 ? HostTensor.From(sum, last.Shape) : HostTensor.From(Array.ConvertAll(sum, v => (float)v), last.Shape);
    }

    /// <summary>Each name that only one has, or that has another shape or another kind of number in the other.</summary>
    private static List<string> Differences(StateDict first, StateDict last) =>
    [
        .. first.Where(t => !last.ContainsKey(t.Key)).Select(t => $"{t.Key} is only in the first"),
        .. last.Where(t => !first.ContainsKey(t.Key)).Select(t => $"{t.Key} is only in the second"),
        .. from t in first
           where last.ContainsKey(t.Key)
           let other = last[t.Key]
           where !(WeightValues.IsBatchCount(t.Key) && t.Value.Count == 1 && other.Count == 1)
           where !t.Value.Shape.AsSpan().SequenceEqual(other.Shape) || t.Value.Type.IsFloat() != other.Type.IsFloat()
           select $"{t.Key} is {t.Value.Type} [{string.Join(',', t.Value.Shape)}] against {other.Type} [{string.Join(',', other.Shape)}]",
    ];

    private const string UpdatesKey = "average.updates";

    private IEnumerable<(string Name, Tensor Tensor)> Sources() =>
        _module.NamedParameters().Where(p => !p.Frozen).Select(p => (p.Name, p.Tensor))
            .Concat(_module.Modules().Where(m => m is not BatchNorm { StatisticsFrozen: true }).SelectMany(m => m.OwnBuffers())
                .Where(b => b.Tensor.DType.IsFloat()).Select(b => (b.Name, b.Tensor)));

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
}
