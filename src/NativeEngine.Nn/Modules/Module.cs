using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// A node of a model: named parameters, named buffers and child modules in the order they were added, which is the order of
/// PyTorch's state dict.
/// </summary>
/// <remarks>
/// Subclasses add what they own in their constructor (<see cref="AddParameter"/>, <see cref="AddBuffer"/>, <see cref="Child{T}"/>) and
/// compute in <see cref="Compute"/>. <see cref="Forward"/> runs that under the module's dotted name, so errors and traces name the layer.
/// </remarks>
public abstract partial class Module
{
    private readonly List<Parameter> _parameters = [];
    private readonly List<(string Name, Tensor Tensor, double Initial)> _buffers = [];
    private readonly List<(string Name, Module Module)> _children = [];
    private bool _hasParent;
    private bool _initialized;
    private Tensor? _input; // of the computation that runs; its caller made it and may read it again

    /// <summary>A module whose tensors live on <paramref name="engine"/>.</summary>
    protected Module(Engine engine) => Engine = engine;

    /// <summary>The engine that runs this module.</summary>
    public Engine Engine { get; }

    /// <summary>Dotted name in the tree: <c>layer1.0.conv1</c>; empty for the root.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Position in the tree, depth first; part of the key of the layer's random draws.</summary>
    public uint Ordinal { get; private set; }

    /// <summary>True in training mode: batch statistics, dropout active.</summary>
    public bool IsTraining { get; private set; } = true;

    /// <summary>Direct children in order.</summary>
    public IEnumerable<Module> Children => _children.Select(c => c.Module);

    /// <summary>Watches every <see cref="Forward"/> of a subtree; null when nobody looks.</summary>
    internal Action<Module, Tensor, Tensor>? Observer { get; private set; }

    /// <summary>
    /// Runs the module under its name. Where nothing is recorded (<see cref="Core.Engine.NoGrad"/>, or a module all of whose parameters are frozen
    /// behind nothing that trains; inside a step) everything that the module makes except its result is freed when it returns; call
    /// <see cref="Tensor.Keep"/> on what has to stay.
    /// </summary>
    public Tensor Forward(Tensor x) => Run(x, Compute);

    /// <summary>Runs the module under its name for all its outputs: feature maps of several sizes, classes and boxes. Most modules have one.</summary>
    public IReadOnlyList<Tensor> ForwardAll(Tensor x) => Run<IReadOnlyList<Tensor>>(x, ComputeAll);

    /// <summary>The module's computation.</summary>
    protected abstract Tensor Compute(Tensor x);

    /// <summary>The computation of a module with several outputs, the first of which is that of <see cref="Compute"/>.</summary>
    protected virtual IReadOnlyList<Tensor> ComputeAll(Tensor x) => [Compute(x)];

    /// <summary>
    /// Returns <paramref name="result"/>, after which nobody reads <paramref name="consumed"/>: if this module made it and no recorded operation
    /// needs it, its memory is freed at once, so that a chain of layers that records nothing needs the memory of two.
    /// </summary>
    protected Tensor Then(Tensor consumed, Tensor result)
    {
        if (!consumed.SharesMemory(_input))
            Engine.Release(consumed, result);
        return result;
    }

    /// <summary>Runs one of the module's computations under its name.</summary>
    /// <param name="x">Its input.</param>
    /// <param name="compute">The computation.</param>
    /// <param name="other">What it reads besides <paramref name="x"/>, where a gradient may go, too.</param>
    protected Tensor Run(Tensor x, Func<Tensor, Tensor> compute, Tensor? other = null) => Run<Tensor>(x, compute, other);

    // T is a tensor or a list of them.
    private T Run<T>(Tensor x, Func<Tensor, T> compute, Tensor? other = null) where T : class
    {
        EnsureInitialized();
        using var still = Engine.GradEnabled && !x.RequiresGrad && other is not { RequiresGrad: true } && !Trains() ? Engine.NoGrad() : null;
        using var temporaries = Engine.BeginTemporaries();
        var outer = _input;
        _input = x;
        T y;
        try
        {
            using var layer = Name.Length == 0 ? null : Engine.Layer(Name);
            y = compute(x);
        }
        finally
        {
            _input = outer;
        }

        if (y is Tensor single)
            Leave(single);
        else
            ((IReadOnlyList<Tensor>)y).ToList().ForEach(Leave);
        return y;

        void Leave(Tensor output)
        {
            Observer?.Invoke(this, x, output);
            temporaries?.HandOver(output);
        }
    }

    private bool Trains()
    {
        foreach (var parameter in _parameters)
        {
            if (!parameter.Frozen)
                return true;
        }

        foreach (var (_, child) in _children)
        {
            if (child.Trains())
                return true;
        }

        return false;
    }

    /// <summary>Switches the subtree to training mode.</summary>
    public void Train() => SetMode(true);

    /// <summary>Switches the subtree to evaluation mode.</summary>
    public void Eval() => SetMode(false);

    /// <summary>Evaluation mode until the result is disposed; then training mode again, where that was on.</summary>
    public IDisposable PauseTraining()
    {
        bool training = IsTraining;
        Eval();
        return new Undo(() =>
        {
            if (training)
                Train();
        });
    }

    /// <summary>
    /// Until the result is disposed, batch norms of the subtree leave their running statistics alone while training: for a further
    /// gradient on the same batch.
    /// </summary>
    public IDisposable PauseStatistics()
    {
        var paused = Modules().OfType<BatchNorm>().Where(b => !b.StatisticsPaused).ToList();
        paused.ForEach(b => b.StatisticsPaused = true);
        return new Undo(() => paused.ForEach(b => b.StatisticsPaused = false));
    }

    /// <summary>This module and everything below it, depth first.</summary>
    public IEnumerable<Module> Modules()
    {
        yield return this;
        foreach (var (_, child) in _children)
        {
            foreach (var module in child.Modules())
                yield return module;
        }
    }

    /// <summary>The parameters of the subtree in state dict order.</summary>
    public IReadOnlyList<Parameter> NamedParameters() => [.. Modules().SelectMany(m => m._parameters)];

    /// <summary>The buffers of the subtree in state dict order, counters brought up to date.</summary>
    public IReadOnlyList<NamedTensor> NamedBuffers() => [.. Modules().SelectMany(m => m.OwnBuffers())];

    /// <summary>
    /// Draws all parameters anew and resets all buffers: parameter i of the tree takes its values from the stream
    /// <see cref="RandomStream.Init"/> + i under the engine's seed. Called by itself before the first use of a model that was not loaded.
    /// A <see cref="ShapeBackend"/> stores nothing, so nothing is drawn for it.
    /// </summary>
    public void Initialize()
    {
        if (_hasParent)
            throw new InvalidOperationException($"{Name} is part of a model; initialise the model, whose parameters are numbered from its root");
        if (Engine.Backend is not ShapeBackend)
            DrawAll();
        MarkInitialized();
    }

    /// <summary>Adds a trained tensor with undefined contents, drawn later by <paramref name="initializer"/>.</summary>
    protected Tensor AddParameter(string name, Shape shape, ParameterKind kind, Initializer initializer)
    {
        RefuseTaken(name);
        var tensor = Engine.EmptyPersistent(shape);
        tensor.RequiresGrad = true;
        _parameters.Add(new Parameter(this, name, tensor, kind, initializer));
        return tensor;
    }

    /// <summary>Adds a tensor that belongs to the state but is not trained.</summary>
    protected Tensor AddBuffer(string name, Shape shape, double initial, DType? dtype = null)
    {
        RefuseTaken(name);
        var tensor = Engine.EmptyPersistent(shape, dtype);
        _buffers.Add((name, tensor, initial));
        return tensor;
    }

    /// <summary>Adds a child module; returns it.</summary>
    protected T Child<T>(string name, T module) where T : Module
    {
        RefuseTaken(name);
        if (module._hasParent)
            throw new InvalidOperationException($"module {module.Name} already has a parent and cannot be added again as {name}");
        _children.Add((name, module));
        module._hasParent = true;
        module.Rename(Name.Length == 0 ? name : $"{Name}.{name}");
        return module;
    }

    /// <summary>Writes counters kept on the host into their buffers.</summary>
    protected virtual void FlushBuffers()
    {
    }

    /// <summary>Told after the buffers were overwritten from outside.</summary>
    protected virtual void BuffersWritten()
    {
    }

    /// <summary>Told when parameters of the module were frozen or released.</summary>
    protected virtual void FreezeChanged()
    {
    }

    internal IReadOnlyList<Parameter> OwnParameters => _parameters;

    internal IEnumerable<NamedTensor> OwnBuffers()
    {
        FlushBuffers();
        return _buffers.Select(b => new NamedTensor(Name.Length == 0 ? b.Name : $"{Name}.{b.Name}", b.Tensor));
    }

    internal void Observe(Action<Module, Tensor, Tensor>? observer)
    {
        foreach (var module in Modules())
            module.Observer = observer;
    }

    internal void EnsureInitialized()
    {
        if (!_initialized && !_hasParent)
            Initialize();
    }

    private void DrawAll()
    {
        uint parameter = 0;
        foreach (var module in Modules())
        {
            foreach (var p in module._parameters)
                p.Draw(new PhiloxKey(Engine.Seed, RandomStream.Init + parameter++, 0));
            foreach (var (_, tensor, initial) in module._buffers)
                Overwrite(tensor, initial);
            module.BuffersWritten();
        }
    }

    private void MarkInitialized()
    {
        uint ordinal = 0;
        foreach (var module in Modules())
        {
            module.Ordinal = ordinal++;
            module._initialized = true;
        }
    }

    private void SetMode(bool training)
    {
        foreach (var module in Modules())
            module.IsTraining = training;
    }

    private void Rename(string name)
    {
        Name = name;
        foreach (var (local, child) in _children)
            child.Rename($"{name}.{local}");
    }

    private void RefuseTaken(string name)
    {
        if (_parameters.Exists(p => p.LocalName == name) || _buffers.Exists(b => b.Name == name) || _children.Exists(c => c.Name == name))
            throw new InvalidOperationException($"{GetType().Name} already has a member named {name}");
    }

    private static void Overwrite(Tensor tensor, double value)
    {
        tensor.MarkChanged();
        tensor.Engine.Backend.Fill(tensor, value);
    }
}
