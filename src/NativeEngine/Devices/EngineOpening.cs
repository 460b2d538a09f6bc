using NativeEngine.Core;

namespace NativeEngine;

/// <summary>The first call of a program: <c>using var engine = Engine.Open("auto");</c></summary>
public static class EngineOpening
{
    extension(Engine)
    {
        /// <summary>Opens a device and an engine on it. The engine owns the device.</summary>
        /// <param name="device"><c>auto</c>, <c>cpu</c>, <c>cuda</c>, <c>cuda:N</c> or <c>soft</c>, see <see cref="DeviceOptions.Device"/>.</param>
        /// <param name="options">How it computes; its own device name does not count.</param>
        /// <exception cref="DeviceException">The device cannot be used; says why.</exception>
        /// <exception cref="UsageException">No device has this name.</exception>
        public static Engine Open(string device = "auto", DeviceOptions? options = null) =>
            new(((options ?? new DeviceOptions()) with { Device = device }).Open().Backend);
    }
}
