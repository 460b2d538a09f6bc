using System.Runtime.InteropServices;
using System.Text;
using NativeEngine.Cuda.Native;

namespace NativeEngine.SoftGpu.Driver;

internal static unsafe partial class SoftDriver
{
    [UnmanagedCallersOnly]
    public static CuResult ModuleLoadData(nint* module, void* image, uint optionCount, CuJitOption* options, void** values) =>
        DriverCall.InContext("cuModuleLoadDataEx", context =>
        {
            if (module is null || image is null || (optionCount > 0 && (options is null || values is null)))
                throw new DriverException(CuResult.InvalidValue, "a null pointer");
            string ptx = Marshal.PtrToStringUTF8((nint)image) ?? "";
            try
            {
                *module = context.Track(new SoftModule(context, context.Gpu.Machine.Load(context.Gpu.Options.ChangeKernels?.Invoke(ptx) ?? ptx, "module")));
                return CuResult.Success;
            }
            catch (PtxException e)
            {
                WriteErrorLog(e.Message, optionCount, options, values);
                throw new DriverException(CuResult.InvalidPtx, e.Message);
            }
        });

    [UnmanagedCallersOnly]
    public static CuResult ModuleUnload(nint module) => DriverCall.InContext("cuModuleUnload", context =>
    {
        var target = context.Object<SoftModule>(module, "module");
        if (target.Unloaded)
            throw new DriverException(CuResult.InvalidHandle, "the module was unloaded before");
        context.FinishAll();
        target.Unloaded = true;
        context.Drop(module);
        target.Program.Dispose();
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult ModuleGetFunction(nint* function, nint module, byte* name) => DriverCall.InContext("cuModuleGetFunction", context =>
    {
        if (function is null || name is null)
            throw new DriverException(CuResult.InvalidValue, "a null pointer");
        var target = context.Object<SoftModule>(module, "module");
        string text = Marshal.PtrToStringUTF8((nint)name)!;
        IKernel kernel;
        try
        {
            kernel = target.Program.FindKernel(text) ?? throw new DriverException(CuResult.NotFound, $"the module has no entry {text}");
        }
        catch (PtxException e)
        {
            throw new DriverException(CuResult.InvalidPtx, e.Message);
        }
        *function = context.Gpu.AddHandle(new SoftFunction(target, kernel));
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult ModuleGetGlobal(ulong* address, nuint* bytes, nint module, byte* name) => DriverCall.InContext("cuModuleGetGlobal", context =>
    {
        if (name is null)
            throw new DriverException(CuResult.InvalidValue, "a null pointer");
        string text = Marshal.PtrToStringUTF8((nint)name)!;
        var global = context.Object<SoftModule>(module, "module").Program.FindGlobal(text)
            ?? throw new DriverException(CuResult.NotFound, $"the module has no variable {text}");
        if (address is not null)
            *address = global.Address;
        if (bytes is not null)
            *bytes = (nuint)global.Bytes;
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult FunctionGetAttribute(int* value, CuFunctionAttribute attribute, nint function) =>
        DriverCall.InContext("cuFuncGetAttribute", context =>
    {
        var target = context.Function(function);
        if (value is null)
            throw new DriverException(CuResult.InvalidValue, "a null pointer");
        *value = attribute switch
        {
            CuFunctionAttribute.MaxThreadsPerBlock => target.Kernel.MaxThreads,
            CuFunctionAttribute.SharedBytes => target.Kernel.SharedBytes,
            CuFunctionAttribute.LocalBytes => target.Kernel.LocalBytes,
            CuFunctionAttribute.MaxDynamicSharedBytes => target.MaxDynamicShared,
            CuFunctionAttribute.Registers => 32,
            CuFunctionAttribute.PtxVersion => 63,
            CuFunctionAttribute.BinaryVersion => 10 * context.Gpu.Options.ComputeCapability.Major + context.Gpu.Options.ComputeCapability.Minor,
            CuFunctionAttribute.ConstBytes => 0,
            _ => throw new DriverException(CuResult.InvalidValue, $"function attribute {(int)attribute} is unknown"),
        };
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult FunctionSetAttribute(nint function, CuFunctionAttribute attribute, int value) =>
        DriverCall.InContext("cuFuncSetAttribute", context =>
    {
        var target = context.Function(function);
        if (attribute == CuFunctionAttribute.PreferredSharedCarveout)
            return CuResult.Success;
        if (attribute != CuFunctionAttribute.MaxDynamicSharedBytes || value < 0 || value + target.Kernel.SharedBytes > LaunchLimits.MaxSharedOptin)
            throw new DriverException(CuResult.InvalidValue, $"{target.Kernel.Name}: attribute {(int)attribute} cannot be {value}");
        target.MaxDynamicShared = value;
        return CuResult.Success;
    });

    [UnmanagedCallersOnly]
    public static CuResult OccupancyMaxActiveBlocks(int* blocks, nint function, int blockSize, nuint dynamicShared) =>
        DriverCall.InContext("cuOccupancyMaxActiveBlocksPerMultiprocessor", context =>
        {
            var target = context.Function(function);
            if (blocks is null || blockSize is <= 0 or > LaunchLimits.MaxThreads)
                throw new DriverException(CuResult.InvalidValue, $"{target.Kernel.Name}: block of {blockSize} threads");
            long shared = Math.Max(1, target.Kernel.SharedBytes + (long)dynamicShared);
            *blocks = (int)Math.Min(2048 / blockSize, (LaunchLimits.MaxSharedOptin + 1024) / shared);
            return CuResult.Success;
        });

    [UnmanagedCallersOnly]
    public static CuResult LaunchKernel(nint function, uint gx, uint gy, uint gz, uint bx, uint by, uint bz, uint shared, nint stream, void** arguments,
        void** extra) =>
        DriverCall.InContext("cuLaunchKernel", context =>
        {
            var target = context.Function(function);
            var queue = context.Stream(stream);
            var kernel = target.Kernel;
            Dim3 grid = new((int)gx, (int)gy, (int)gz), block = new((int)bx, (int)by, (int)bz);
            LaunchLimits.Check(target, grid, block, shared);
            if (extra is not null)
                throw new DriverException(CuResult.NotSupported, $"{kernel.Name}: arguments through 'extra'");
            if (arguments is null && kernel.Parameters.Count > 0)
                throw new DriverException(CuResult.InvalidValue, $"{kernel.Name}: takes {kernel.Parameters.Count} arguments, none given");
            var buffer = new byte[kernel.ParameterBytes];
            for (int i = 0; i < kernel.Parameters.Count; i++)
            {
                var (offset, bytes) = kernel.Parameters[i];
                if (arguments[i] is null)
                    throw new DriverException(CuResult.InvalidValue, $"{kernel.Name}: argument {i} is a null pointer");
                new ReadOnlySpan<byte>(arguments[i], bytes).CopyTo(buffer.AsSpan(offset));
            }
            context.Gpu.Count(static c => c with { Launches = c.Launches + 1 });
            context.Submit(queue, new Work($"kernel {kernel.Name}", WorkKind.Kernel,
                scope => RunKernel(scope, kernel, grid, block, (int)shared, buffer))
            { Subject = kernel.Name });
            return CuResult.Success;
        });

    private static void RunKernel(WorkScope scope, IKernel kernel, Dim3 grid, Dim3 block, int shared, byte[] parameters)
    {
        var outcome = kernel.Run(grid, block, shared, parameters);
        var gpu = scope.Context.Gpu;
        gpu.Print(outcome.Output);
        var written = outcome.Written.Select(scope.Context.Memory.Find).OfType<SoftAllocation>().ToHashSet();
        foreach (var allocation in outcome.Read.Select(scope.Context.Memory.Find).OfType<SoftAllocation>().Distinct())
            if (!written.Contains(allocation))
                scope.Touch(allocation, write: false);
        foreach (var allocation in written)
            scope.Touch(allocation, write: true);
        // A fault is told as the exception below.
        foreach (var finding in outcome.Findings.Skip(outcome.Status == CuResult.Success ? 0 : 1))
            scope.Context.Fail(finding.Kind.ToString(), $"kernel {kernel.Name}", finding.ToString());
        if (outcome.Counters is { } counters)
            gpu.Count(kernel.Name, counters);
        if (outcome.Status != CuResult.Success)
            throw new DeviceFaultException(outcome.Status, $"{kernel.Name} grid {grid} block {block}: {outcome.Message}");
    }

    private static void WriteErrorLog(string message, uint count, CuJitOption* options, void** values)
    {
        byte* buffer = null;
        int size = 0;
        for (uint i = 0; i < count; i++)
        {
            if (options[i] == CuJitOption.ErrorLogBuffer)
                buffer = (byte*)values[i];
            else if (options[i] == CuJitOption.ErrorLogBufferBytes)
                size = (int)(nint)values[i];
        }
        if (buffer is null || size <= 0)
            return;
        var text = Encoding.UTF8.GetBytes(message);
        int length = Math.Min(text.Length, size - 1);
        text.AsSpan(0, length).CopyTo(new Span<byte>(buffer, size));
        buffer[length] = 0;
    }
}
