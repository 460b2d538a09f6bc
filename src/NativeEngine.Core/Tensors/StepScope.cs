namespace NativeEngine.Core;

/// <summary>
/// The arena of one training or evaluation step: everything allocated while it is open is freed by backward, as it is
/// consumed, or when the scope is disposed. Nobody disposes tensors. A scope inside another frees only what was made in it.
/// </summary>
public sealed class StepScope : IDisposable
{
    private readonly Engine _engine;
    private readonly StepScope? _outer;
    private readonly int _recorded;
    private readonly HashSet<Storage> _storages = [];

    internal StepScope(Engine engine, StepScope? outer)
    {
        _engine = engine;
        _outer = outer;
        _recorded = engine.Tape.Count;
    }

    internal void Adopt(Storage storage) => _storages.Add(storage);

    internal void Forget(Storage storage) => _storages.Remove(storage);

    /// <summary>
    /// Hands a tensor that was made in this scope over to the surrounding one (without one it is kept), so that it outlives this scope.
    /// Tensors from elsewhere stay where they are. Returns it.
    /// </summary>
    public Tensor HandOver(Tensor tensor)
    {
        if (tensor.Storage.Owner != this)
            return tensor;
        if (_outer is null)
            return tensor.Keep();
        tensor.Storage.MoveTo(_outer);
        return tensor;
    }

    /// <summary>Frees what the step still holds and drops the operations recorded in it.</summary>
    public void Dispose()
    {
        if (_engine.CurrentStep != this)
            return;
        _engine.Tape.Clear(_recorded);
        _engine.CurrentStep = _outer;
        foreach (var storage in _storages)
            storage.Free();
        _storages.Clear();
        if (_outer is null)
            _engine.Backend.EndStep();
    }
}
