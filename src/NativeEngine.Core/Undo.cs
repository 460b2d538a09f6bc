namespace NativeEngine.Core;

/// <summary>Takes something back when it is disposed, once: what methods return that change a state for a while.</summary>
public sealed class Undo(Action action) : IDisposable
{
    private Action? _action = action;

    /// <summary>Runs the action the first time.</summary>
    public void Dispose()
    {
        _action?.Invoke();
        _action = null;
    }
}
