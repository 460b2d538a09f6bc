using System.Runtime.InteropServices;
using NativeEngine.Core;

namespace NativeEngine.Cli.Shell;

/// <summary>
/// Turns the first SIGINT or SIGTERM into a cancellation, so that a run can save and stop; a second one ends the process at once.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _signal;

    public StopSignals(Action<string> announce)
    {
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            if (Interlocked.Exchange(ref _signal, signal == PosixSignal.SIGINT ? (int)ExitCode.Interrupted : (int)ExitCode.Terminated) != 0)
                return; // the second time: the default action
            context.Cancel = true;
            announce($"{signal}: saving, then stopping (again: stop at once)");
            _source.Cancel();
        }))];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>130 or 143, by the signal that came; 0 when none did.</summary>
    public ExitCode Code => (ExitCode)_signal;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }
}
