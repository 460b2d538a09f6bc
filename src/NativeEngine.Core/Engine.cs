using System.Collections.Concurrent;

namespace NativeEngine.Core;

/// <summary>
/// One device and everything recorded on it: makes tensors, records operations, owns steps. Not thread-safe: one engine
/// is driven by one thread.
/// </summary>
public sealed class Engine(IBackend backend) : IDisposable
{
    private readonly ConcurrentQueue<DeviceBuffer> _collected = new();
    private readonly Stack<string> _layers = new();
    private int _noGrad;

    /// <summary>The device.</summary>
    public IBackend Backend { get; } = backend;

    /// <summary>The recorded operations.</summary>
    public Tape Tape { get; } = new();

    /// <summary>Seed of every random draw.</summary>
    public ulong Seed { get; set; } = 42;

    /// <summary>Number of the current training step; part of every random key, so dropout differs from step to step.</summary>
    public uint StepNumber { get; set; }

    /// <summary>
    /// Looks at every result and gradient and throws <see cref="DivergedException"/> at the first that is not finite. Slow:
    /// for finding out where a training diverged.
    /// </summary>
    public bool DetectNonFinite { get; set; }

    /// <summary>Called after every recorded operation and after every backward: a way to watch a step happen. Null when nobody watches.</summary>
    public Action<StepEvent>? Observer { get; set; }

    /// <summary>Called with every differentiable operation that runs, also under <see cref="NoGrad"/>: a way to read a model as a graph. Null when nobody
    /// reads.</summary>
    public Action<TracedOp>? Tracer { get; set; }

    /// <summary>
    /// Fills every new tensor with NaN (integers with -1 or 255), so that an operation that reads what it did not write shows. For tests.
    /// </summary>
    public bool PoisonNewTensors { get; set; }

    /// <summary>True while operations are recorded.</summary>
    public bool GradEnabled => _noGrad == 0;

    /// <summary>Dotted name of the layer that is running; empty outside any.</summary>
    public string CurrentLayer => _layers.TryPeek(out var name) ? name : "";

    internal StepScope? CurrentStep { get; set; }

    /// <summary>True once the backend is gone with all its memory.</summary>
    internal bool IsDisposed { get; private set; }

    /// <summary>Opens the arena of a step: tensors made until it is disposed are freed with it, see <see cref="StepScope"/>.</summary>
    public StepScope BeginStep()
    {
        if (CurrentStep is null)
            Backend.BeginStep();
        return CurrentStep = new StepScope(this, CurrentStep);
    }

    /// <summary>Stops recording until the result is disposed.</summary>
    public IDisposable NoGrad()
    {
        _noGrad++;
        return new Undo(() => _noGrad--);
    }

    /// <summary>Names the layer that runs until the result is disposed; errors and traces show it.</summary>
    public IDisposable Layer(string name)
    {
        _layers.Push(name);
        return new Undo(() => _layers.Pop());
    }

    /// <summary>
    /// Opens a scope for what one part of a forward pass makes, inside a step that records nothing: whoever opened it hands the result over
    /// (<see cref="StepScope.HandOver"/>), and the rest is freed with the scope. Null where tensors have to live longer: operations are
    /// recorded or traced, or no step is open.
    /// </summary>
    public StepScope? BeginTemporaries() => FreesEarly ? BeginStep() : null;

    /// <summary>
    /// Frees a tensor of the innermost scope that nobody reads any more now that <paramref name="result"/> has been computed from it.
    /// Does nothing outside steps and while operations are traced, when an outer scope made the tensor, when the result is a view of it, and when a
    /// recorded operation made or keeps it.
    /// </summary>
    public void Release(Tensor consumed, Tensor result)
    {
        if (CurrentStep is not null && Tracer is null && consumed.Storage.Owner == CurrentStep && consumed.Storage != result.Storage && !consumed.RequiresGrad)
            consumed.Storage.ReleaseIfUnused();
    }

    private bool FreesEarly => !GradEnabled && CurrentStep is not null && Tracer is null;

    /// <summary>A tensor with undefined contents; of the current step if one is open.</summary>
    public Tensor Empty(Shape shape, DType? dtype = null) => Make(shape, dtype ?? Backend.FloatType, CurrentStep);

    /// <summary>A tensor with undefined contents that no step frees.</summary>
    public Tensor EmptyPersistent(Shape shape, DType? dtype = null) => Make(shape, dtype ?? Backend.FloatType, null);

    /// <summary>A tensor filled with <paramref name="value"/>.</summary>
    public Tensor Full(Shape shape, double value, DType? dtype = null)
    {
        var tensor = Empty(shape, dtype);
        Backend.Fill(tensor, value);
        return tensor;
    }

    /// <summary>A tensor of zeros.</summary>
    public Tensor Zeros(Shape shape, DType? dtype = null) => Full(shape, 0, dtype);

    /// <summary>A float tensor from values in logical row-major order.</summary>
    public Tensor From(ReadOnlySpan<float> values, Shape shape) => From(values, shape, Backend.FloatType);

    /// <summary>A float tensor from values in logical row-major order.</summary>
    public Tensor From(ReadOnlySpan<double> values, Shape shape) => From(values, shape, Backend.FloatType);

    /// <summary>An Int32 tensor (class ids, indices) from values in logical row-major order.</summary>
    public Tensor From(ReadOnlySpan<int> values, Shape shape) => From(values, shape, DType.Int32);

    /// <summary>A UInt8 tensor (pixels) from values in logical row-major order.</summary>
    public Tensor From(ReadOnlySpan<byte> values, Shape shape) => From(values, shape, DType.UInt8);

    /// <summary>A tensor from bytes that already lie in the engine's memory order (channels-last for rank 4).</summary>
    public Tensor FromDense(ReadOnlySpan<byte> bytes, Shape shape, DType dtype)
    {
        if (bytes.Length != shape.Count * dtype.Size())
            throw new ShapeException("from_dense", $"{dtype} {shape} takes {shape.Count * dtype.Size()} bytes, got {bytes.Length}");
        var tensor = Empty(shape, dtype);
        Backend.Upload(tensor, bytes);
        return tensor;
    }

    private Tensor From<T>(ReadOnlySpan<T> values, Shape shape, DType dtype) where T : unmanaged
    {
        var tensor = Empty(shape, dtype);
        tensor.CopyFrom(values);
        return tensor;
    }

    private Tensor Make(Shape shape, DType dtype, StepScope? owner)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        while (_collected.TryDequeue(out var buffer))
            Backend.Free(buffer);
        long bytes = shape.Count * dtype.Size();
        var storage = new Storage(this, owner is null ? Backend.AllocatePersistent(bytes) : Backend.Allocate(bytes), owner);
        owner?.Adopt(storage);
        var tensor = new Tensor(storage, dtype, shape, shape.DenseStrides(), 0);
        if (PoisonNewTensors)
            Backend.Fill(tensor, dtype.IsFloat() ? double.NaN : dtype == DType.UInt8 ? byte.MaxValue : -1);
        return tensor;
    }

    /// <summary>
    /// Finishes an operation: records it when an input requires a gradient. Every op family ends here, so this is also where
    /// a step can be watched.
    /// </summary>
    /// <param name="op">Name in PyTorch's spelling.</param>
    /// <param name="output">The result.</param>
    /// <param name="inputs">Inputs that may want gradients, in the order <paramref name="backward"/> numbers them.</param>
    /// <param name="saved">What backward reads; kept alive until then and checked for changes in place.</param>
    /// <param name="backward">Adds to the gradients of the inputs.</param>
    /// <param name="arguments">What a translator needs besides the tensors, see <see cref="TracedOp"/>.</param>
    internal Tensor Record(string op, Tensor output, Tensor?[] inputs, Tensor?[] saved, Action<BackwardPass> backward, object? arguments = null)
    {
        Tracer?.Invoke(new TracedOp(op, CurrentLayer, output, inputs, arguments));
        if (DetectNonFinite)
            Inspect(op, CurrentLayer, output);
        if (!GradEnabled || !Array.Exists(inputs, t => t is { RequiresGrad: true }))
            return output;
        Tensor[] kept = [.. saved.OfType<Tensor>()];
        var node = new Node(op, CurrentLayer, output, inputs, backward, kept, Array.ConvertAll(kept, t => t.Version));
        output.Node = node;
        Tape.Add(node);
        Notify(node, backward: false);
        return output;
    }

    internal void Notify(Node node, bool backward)
    {
        if (Observer is null)
            return;
        long kept = node.Saved.Where(t => t.Storage.Owner is not null).Sum(t => t.Count * t.DType.Size());
        Observer(new StepEvent(backward, node.Op, node.Layer, node.Output.Shape, kept, Backend.Memory.LiveBytes));
    }

    internal void InspectGradients(Node node)
    {
        if (!DetectNonFinite)
            return;
        foreach (var input in node.Inputs)
        {
            if (input is { RequiresGrad: true } && (input.Node?.Grad ?? input.Grad) is { } gradient)
                Inspect($"{node.Op} backward", node.Layer, gradient);
        }
    }

    /// <summary>Dense copy of any view, not recorded.</summary>
    internal Tensor DenseCopy(Tensor x)
    {
        var y = Empty(x.Shape, x.DType);
        Backend.Copy(x, y, GradMode.Overwrite);
        return y;
    }

    internal void Reclaim(DeviceBuffer buffer)
    {
        if (!IsDisposed)
            _collected.Enqueue(buffer);
    }

    internal void Release(DeviceBuffer buffer)
    {
        if (!IsDisposed)
            Backend.Free(buffer);
    }

    private void Inspect(string op, string layer, Tensor tensor)
    {
        if (!tensor.DType.IsFloat())
            return;
        long bad = tensor.ToArray<double>().LongCount(v => !double.IsFinite(v));
        if (bad > 0)
            throw new DivergedException(op, layer, StepNumber, $"{bad} of {tensor.Count} values are not finite");
    }

    /// <summary>Frees the backend with all its memory; tensors that are still referred to cannot be read any more.</summary>
    public void Dispose()
    {
        if (IsDisposed)
            return;
        while (CurrentStep is { } step)
            step.Dispose();
        Tape.Clear();
        IsDisposed = true;
        Backend.Dispose();
    }
}
