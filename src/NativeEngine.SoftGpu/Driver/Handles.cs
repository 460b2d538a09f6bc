using NativeEngine.Cuda.Native;

namespace NativeEngine.SoftGpu.Driver;

/// <summary>Turns the handles programs pass into the objects they stand for, or into the status a driver answers.</summary>
internal static class Handles
{
    /// <summary>The stream of <paramref name="handle"/>; 0, 1 and 2 are the default stream.</summary>
    public static SoftStream Stream(this SoftContext context, nint handle)
    {
        if (handle is 0 or CuFlags.LegacyStream or CuFlags.PerThreadStream)
            return context.Legacy;
        var stream = context.Object<SoftStream>(handle, "stream");
        return stream.Destroyed ? throw new DriverException(CuResult.InvalidHandle, "the stream was destroyed") : stream;
    }

    public static SoftEvent Event(this SoftContext context, nint handle)
    {
        var result = context.Object<SoftEvent>(handle, "event");
        return result.Destroyed ? throw new DriverException(CuResult.InvalidHandle, "the event was destroyed") : result;
    }

    public static SoftFunction Function(this SoftContext context, nint handle)
    {
        var function = context.Object<SoftFunction>(handle, "function");
        return function.Module.Unloaded ? throw new DriverException(CuResult.InvalidHandle, $"the module of kernel {function.Kernel.Name} was unloaded")
            : function;
    }

    public static SoftGraph Graph(this SoftContext context, nint handle)
    {
        var graph = context.Object<SoftGraph>(handle, "graph");
        return graph.Destroyed ? throw new DriverException(CuResult.InvalidValue, "the graph was destroyed") : graph;
    }

    public static SoftGraphExec GraphExec(this SoftContext context, nint handle)
    {
        var exec = context.Object<SoftGraphExec>(handle, "executable graph");
        return exec.Destroyed ? throw new DriverException(CuResult.InvalidValue, "the executable graph was destroyed") : exec;
    }

    /// <summary>Makes a handle that the leak check follows until <see cref="Drop"/>.</summary>
    public static nint Track(this SoftContext context, object target)
    {
        nint handle = context.Gpu.AddHandle(target);
        context.Objects.Add(handle, target);
        return handle;
    }

    public static void Drop(this SoftContext context, nint handle) => context.Objects.Remove(handle);

    public static T Object<T>(this SoftContext context, nint handle, string what) where T : class
    {
        var gpu = SoftDevices.OfHandle(handle);
        if (gpu?.FindHandle(handle) is not T target)
            throw new DriverException(CuResult.InvalidHandle, $"0x{handle:x} is no {what}");
        if (gpu != context.Gpu)
            throw new DriverException(CuResult.InvalidContext,
                $"the {what} belongs to device {gpu.Ordinal}, the current context to device {context.Gpu.Ordinal}");
        return target;
    }
}
