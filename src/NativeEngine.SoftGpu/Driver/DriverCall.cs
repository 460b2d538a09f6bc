using NativeEngine.Cuda.Native;

namespace NativeEngine.SoftGpu.Driver;

/// <summary>The frame around every driver entry: finds the GPU and context, serialises, injects faults, and lets no exception out.</summary>
internal static class DriverCall
{
    [ThreadStatic]
    private static SoftContext? _current;

    /// <summary>The context of the calling thread, as in a driver.</summary>
    public static SoftContext? Current
    {
        get => _current;
        set => _current = value;
    }

    /// <summary>A call that needs no device.</summary>
    public static CuResult Free(Func<CuResult> body)
    {
        try
        {
            return body();
        }
        catch (DriverException e)
        {
            return e.Result;
        }
        catch (Exception)
        {
            return CuResult.Unknown;
        }
    }

    /// <summary>A call on a device, which needs no context.</summary>
    public static CuResult OnDevice(string call, int device, Func<SoftDevice, CuResult> body) =>
        SoftDevices.Find(device) is { } gpu ? Run(call, gpu, () => body(gpu)) : CuResult.InvalidDevice;

    /// <summary>A call in the thread's current context.</summary>
    public static CuResult InContext(string call, Func<SoftContext, CuResult> body)
    {
        var context = _current;
        if (context is null)
            return CuResult.InvalidContext;
        if (context.Destroyed)
            return CuResult.ContextIsDestroyed;
        return Run(call, context.Gpu, () =>
        {
            if (context.Sticky != CuResult.Success)
                return context.Sticky;
            var result = body(context);
            // Waiting may have run work that failed: the wait reports it.
            return result == CuResult.Success || result == CuResult.NotReady ? context.Sticky != CuResult.Success ? context.Sticky : result : result;
        });
    }

    private static CuResult Run(string call, SoftDevice gpu, Func<CuResult> body)
    {
        try
        {
            lock (gpu.Gate)
            {
                int planned = gpu.PlannedFault(call);
                if (planned != 0)
                    return (CuResult)planned;
                try
                {
                    return body();
                }
                catch (DriverException e)
                {
                    if (e.Result != CuResult.OutOfMemory)
                        gpu.Report("api-misuse", call, e.Message);
                    return e.Result;
                }
                catch (OutOfMemoryException)
                {
                    return CuResult.OutOfMemory;
                }
                catch (Exception e)
                {
                    gpu.Report("internal", call, $"{e.GetType().Name}: {e.Message}");
                    return CuResult.Unknown;
                }
            }
        }
        catch (Exception)
        {
            return CuResult.Unknown;
        }
    }
}
