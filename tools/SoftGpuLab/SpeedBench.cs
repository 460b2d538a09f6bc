using System.Runtime.InteropServices;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.SoftGpu.Lab;

/// <summary>Thread instructions per second of one core, on kernels of the product and on a loop of nothing but arithmetic.</summary>
public static class SpeedBench
{
    private const string FmaLoop = """
        .version 6.3
        .target sm_70
        .address_size 64
        .visible .entry fma_loop(.param .u32 n)
        {
        .reg .pred %p<2>;
        .reg .b32 %r<3>;
        .reg .f32 %f<9>;
        ld.param.u32 %r1, [n];
        mov.f32 %f1, 0f3F800000;
        mov.f32 %f2, 0f3F800000;
        mov.f32 %f3, 0f3F800000;
        mov.f32 %f4, 0f3F800000;
        LOOP:
        fma.rn.f32 %f1, %f1, 0f3F7FFFFF, 0f33800000;
        fma.rn.f32 %f2, %f2, 0f3F7FFFFF, 0f33800000;
        fma.rn.f32 %f3, %f3, 0f3F7FFFFF, 0f33800000;
        fma.rn.f32 %f4, %f4, 0f3F7FFFFF, 0f33800000;
        fma.rn.f32 %f1, %f1, 0f3F7FFFFF, 0f33800000;
        fma.rn.f32 %f2, %f2, 0f3F7FFFFF, 0f33800000;
        fma.rn.f32 %f3, %f3, 0f3F7FFFFF, 0f33800000;
        fma.rn.f32 %f4, %f4, 0f3F7FFFFF, 0f33800000;
        sub.s32 %r1, %r1, 1;
        setp.gt.s32 %p1, %r1, 0;
        @%p1 bra LOOP;
        ret;
        }
        """;

    /// <summary>Runs every measurement and writes one line each.</summary>
    public static void Run(TextWriter output)
    {
        using var pool = new WorkerPool(1);
        using var memory = new DeviceMemory();
        using var machine = new Machine(memory, pool);
        Measure(output, machine, "fma loop", FmaLoop, "fma_loop", new Dim3(64), _ => BitConverter.GetBytes(2000), 1 << 20, "iterations x 8");
        const int parameters = 1 << 20;
        Measure(output, machine, "adam_step_f32", Repository.ReadPtx("optim"), "adam_step_f32", new Dim3(256), AdamArguments, parameters, "parameters");
        foreach (int classes in new[] { 1000, 37 })
        {
            int rows = classes == 1000 ? 1024 : 4096;
            Measure(
                output, machine, $"softmax_fwd_f32 {rows}x{classes}", Repository.ReadPtx("norm"), "softmax_fwd_f32", new Dim3(rows),
                m => SoftmaxArguments(m, rows, classes), (long)rows * classes, "elements");
        }
        Measure(output, machine, "relu_fwd_f32", Repository.ReadPtx("elementwise"), "relu_fwd_f32", new Dim3(1024), m => ElementArguments(m, 1 << 22), 1 << 22, "elements");
    }

    private static void Measure(
        TextWriter output, Machine machine, string name, string ptx, string entry, Dim3 grid, Func<DeviceMemory, byte[]> arguments, long items, string unit)
    {
        using var module = machine.Load(PtxModule.Parse(ptx, name));
        var function = module[entry];
        byte[] packed = arguments(machine.Memory);
        double best = double.MaxValue;
        LaunchResult result = null!;
        for (int repeat = 0; repeat < 6; repeat++)
        {
            // Processor time of this one-threaded process: other programs on the computer distort it least.
            var start = Environment.CpuUsage.TotalTime;
            result = machine.Launch(function, grid, new Dim3(256), 0, packed);
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - start).TotalSeconds);
        }
        foreach (var finding in result.Findings)
            output.WriteLine($"  {finding}");
        double rate = result.Counters.ThreadInstructions / best / 1e9;
        output.WriteLine($"{name,-30} {rate,6:F2} G thread instructions/s  {best * 1e3,8:F2} ms  {items / best / 1e6,8:F1} M {unit}/s  lane use {result.Counters.LaneUse:P0}");
        foreach (var allocation in machine.Memory.Live.Where(a => a.Label == "bench"))
            machine.Memory.Free(allocation.Address);
    }

    private static ulong Upload<T>(DeviceMemory memory, T[] values) where T : unmanaged
    {
        ulong address = memory.Allocate(values.Length * Marshal.SizeOf<T>(), "bench");
        memory.CopyIn<T>(address, values);
        return address;
    }

    private static byte[] AdamArguments(DeviceMemory memory)
    {
        const int n = 1 << 20, chunk = 4096;
        var random = new Random(1);
        float[] Random(double scale) => [.. Enumerable.Range(0, n).Select(_ => (float)(random.NextDouble() * scale))];
        // One table row: five addresses, count, first chunk, weight decay, learning-rate scale.
        var row = new byte[64];
        ulong[] addresses = [Upload(memory, Random(1)), Upload(memory, Random(1)), Upload(memory, Random(0.1)), Upload(memory, Random(0.1)), 0];
        for (int i = 0; i < addresses.Length; i++)
            BitConverter.TryWriteBytes(row.AsSpan(8 * i), addresses[i]);
        BitConverter.TryWriteBytes(row.AsSpan(40), (long)n);
        BitConverter.TryWriteBytes(row.AsSpan(60), 1f);
        var packed = new byte[88];
        BitConverter.TryWriteBytes(packed.AsSpan(0), Upload(memory, row));
        BitConverter.TryWriteBytes(packed.AsSpan(8), 1);
        BitConverter.TryWriteBytes(packed.AsSpan(16), (long)(n / chunk));
        BitConverter.TryWriteBytes(packed.AsSpan(24), (long)chunk);
        float[] settings = [1e-3f, 1e-3f, 0.9f, 0.1f, 0.999f, 0.001f, 1f, 1e-8f, 0f];
        for (int i = 0; i < settings.Length; i++)
            BitConverter.TryWriteBytes(packed.AsSpan(32 + 4 * i), settings[i]);
        return packed;
    }

    private static byte[] SoftmaxArguments(DeviceMemory memory, int rows, int classes)
    {
        var random = new Random(2);
        float[] x = [.. Enumerable.Range(0, rows * classes).Select(_ => (float)(random.NextDouble() * 10 - 5))];
        var packed = new byte[40];
        BitConverter.TryWriteBytes(packed.AsSpan(0), Upload(memory, x));
        BitConverter.TryWriteBytes(packed.AsSpan(8), Upload(memory, new float[x.Length]));
        BitConverter.TryWriteBytes(packed.AsSpan(16), (long)rows);
        BitConverter.TryWriteBytes(packed.AsSpan(24), classes);
        BitConverter.TryWriteBytes(packed.AsSpan(32), 1L);
        return packed;
    }

    private static byte[] ElementArguments(DeviceMemory memory, int n)
    {
        var packed = new byte[32];
        BitConverter.TryWriteBytes(packed.AsSpan(0), Upload(memory, new float[n]));
        BitConverter.TryWriteBytes(packed.AsSpan(8), Upload(memory, new float[n]));
        BitConverter.TryWriteBytes(packed.AsSpan(16), (long)n);
        return packed;
    }
}
