using NativeEngine.Cuda.Native;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.SoftGpu.Libraries;

/// <summary>The frame around every entry of cuBLAS and cuDNN: finds the context, serialises, injects faults, reports misuse, and lets no exception
/// out.</summary>
internal static class LibraryCall
{
    /// <summary>Runs <paramref name="body"/> in the thread's current context.</summary>
    /// <returns>Null for success, else the error; or a raw planned status.</returns>
    public static LibraryOutcome Run(string call, Action<SoftContext> body)
    {
        var context = DriverCall.Current;
        if (context is null || context.Destroyed)
            return new LibraryOutcome(LibraryError.NotInitialized, 0);
        try
        {
            lock (context.Gpu.Gate)
                return Guarded(call, context, body);
        }
        catch (Exception)
        {
            return new LibraryOutcome(LibraryError.Internal, 0);
        }
    }

    /// <summary>The object behind <paramref name="handle"/>, which must belong to the current context.</summary>
    public static T Resolve<T>(SoftContext context, nint handle, string what) where T : class
    {
        var gpu = SoftDevices.OfHandle(handle);
        if (gpu?.FindHandle(handle) is not T target)
            throw new LibraryException(LibraryError.InvalidValue, $"0x{handle:x} is no {what}");
        if (gpu != context.Gpu || !context.Objects.ContainsKey(handle))
            throw new LibraryException(LibraryError.InvalidValue, gpu != context.Gpu ? $"the {what} belongs to another context" : $"the {what} was destroyed");
        return target;
    }

    /// <summary>Checks that no written range overlaps another operand.</summary>
    public static void CheckOverlap(string output, ulong address, long bytes, string input, ulong other, long otherBytes)
    {
        if (address < other + (ulong)otherBytes && other < address + (ulong)bytes)
            throw new LibraryException(LibraryError.InvalidValue, $"{output} overlaps {input}");
    }

    /// <summary>Checks that a device pointer is there and aligned.</summary>
    public static void CheckPointer(string name, ulong address, int alignment)
    {
        if (address == 0)
            throw new LibraryException(LibraryError.InvalidValue, $"{name} is a null pointer");
        if (address % (ulong)alignment != 0)
            throw new LibraryException(LibraryError.InvalidValue, $"{name} at 0x{address:x} is not aligned to {alignment} bytes");
    }

    private static LibraryOutcome Guarded(string call, SoftContext context, Action<SoftContext> body)
    {
        int planned = context.Gpu.PlannedFault(call);
        if (planned != 0)
            return new LibraryOutcome(null, planned);
        if (context.Sticky != CuResult.Success)
            return new LibraryOutcome(LibraryError.ExecutionFailed, 0);
        try
        {
            body(context);
            return default;
        }
        catch (LibraryException e)
        {
            if (!e.IsAnswer)
                context.Gpu.Report("api-misuse", call, e.Message);
            return new LibraryOutcome(e.Error, 0);
        }
        catch (DriverException e)
        {
            context.Gpu.Report("api-misuse", call, e.Message);
            return new LibraryOutcome(e.Result == CuResult.OutOfMemory ? LibraryError.AllocFailed : LibraryError.ExecutionFailed, 0);
        }
        catch (Exception e)
        {
            context.Gpu.Report("internal", call, $"{e.GetType().Name}: {e.Message}");
            return new LibraryOutcome(LibraryError.Internal, 0);
        }
    }
}

/// <summary>How a library call ended: an error, a raw planned status, or (default) success.</summary>
internal readonly record struct LibraryOutcome(LibraryError? Error, int PlannedStatus);
