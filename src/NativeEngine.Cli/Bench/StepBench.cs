using System.Diagnostics;
using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Cli.Bench;

/// <summary>One training step (or forward pass) of a model on random data that is already on the device.</summary>
internal sealed class StepBench : IDisposable
{
    private const double LearningRate = 1e-3;
    private readonly Engine _engine;
    private readonly Model _model;
    private readonly Module _part;
    private readonly Optimizer _optimizer;
    private readonly Tensor _images;
    private readonly Tensor _classes;
    private readonly bool _inference;
    private readonly List<IDisposable> _open = [];

    /// <summary>Makes the model and a batch. With <paramref name="part"/>, a dotted name, only that module runs on the images, and the means of its output
    /// channels are the logits.</summary>
    public StepBench(Engine engine, string model, int batch, ModelOptions options, bool inference, string? part = null)
    {
        _engine = engine;
        _inference = inference;
        _model = ModelCatalogue.Create(model, engine, options);
        _part = part == null ? _model : Find(_model, part);
        _optimizer = new SgdSettings(Momentum: 0.9).Create(ParameterGroup.Of(_part, 0));
        if (inference)
        {
            _model.Eval();
            _open.Add(engine.NoGrad());
        }
        Shape shape = _model.InputShape(batch);
        var random = new Random(1);
        float[] pixels = new float[(int)shape.Count];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (float)(random.NextDouble() * 2 - 1);
        int[] classes = new int[batch];
        for (int i = 0; i < batch; i++) classes[i] = random.Next(_model.Settings.NumClasses);
        _images = engine.From(pixels, shape);
        _classes = engine.From(classes, [batch]);
        var summary = ModelSummary.Of(model, options, batch);
        Macs = part == null ? summary.Macs
            : summary.Layers.Where(l => l.Name == part || l.Name.StartsWith(part + ".", StringComparison.Ordinal)).Sum(l => l.Macs);
    }

    /// <summary>[N, C, H, W]</summary>
    public Shape InputShape => _images.Shape;

    /// <summary>Classes of the model.</summary>
    public int Classes => _model.Settings.NumClasses;

    /// <summary>Multiply-adds of convolutions and products in one forward pass.</summary>
    public long Macs { get; }

    /// <summary>Floating-point operations of one run: forward, and twice as many for the two gradients.</summary>
    public double Flops => (_inference ? 2.0 : 6.0) * Macs;

    private static Module Find(Model model, string name) =>
        model.Modules().FirstOrDefault(m => m.Name == name)
        ?? throw new UsageException($"--part {name}: {model.Architecture} has {string.Join(", ", model.Children.Select(c => c.Name))}");

    private Tensor Logits()
    {
        Tensor y = _part.Forward(_images);
        return y.Shape.Rank == 4 ? y.Mean([2, 3]) : y;
    }

    /// <summary>Zeroed gradients, forward, loss, backward, update, and the loss read back; or forward alone.</summary>
    public double Run()
    {
        using var step = _engine.BeginStep();
        Tensor result = Enqueue();
        return (_inference ? result.Sum() : result).Item();
    }

    /// <summary>The same without reading anything back: the work is only queued.</summary>
    public void Queue()
    {
        using var step = _engine.BeginStep();
        Enqueue();
    }

    /// <summary>The loss, or the logits of a forward pass alone.</summary>
    private Tensor Enqueue()
    {
        Tensor logits = Logits();
        if (_inference) return logits;
        Tensor loss = logits.CrossEntropy(_classes);
        _optimizer.ZeroGrad();
        loss.Backward();
        _optimizer.Step(LearningRate);
        return loss;
    }

    /// <summary>Milliseconds per step by operation and direction, the slowest first; "rest" is what happens outside operations.</summary>
    public IReadOnlyList<(string Operation, double Ms, double Calls)> Profile(int steps)
    {
        var totals = new Dictionary<string, (long Ticks, int Calls)>();
        long last = 0;
        void Add(string name)
        {
            long now = Stopwatch.GetTimestamp();
            (long ticks, int calls) = totals.GetValueOrDefault(name);
            totals[name] = (ticks + now - last, calls + 1);
            last = now;
        }
        _engine.Observer = e => Add($"{e.Op}{(e.Backward ? " backward" : "")}");
        for (int i = 0; i < steps; i++)
        {
            last = Stopwatch.GetTimestamp();
            Run();
            Add("rest");
        }
        _engine.Observer = null;
        return [.. totals.Select(t => (t.Key, t.Value.Ticks * 1e3 / Stopwatch.Frequency / steps, (double)t.Value.Calls / steps))
            .OrderByDescending(t => t.Item2)];
    }

    public void Dispose()
    {
        foreach (IDisposable open in _open) open.Dispose();
    }
}
