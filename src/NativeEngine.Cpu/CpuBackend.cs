using System.Runtime.CompilerServices;
using NativeEngine.Core;
using NativeEngine.Cpu.Simd;
using NativeEngine.Cpu.Threading;

namespace NativeEngine.Cpu;

/// <summary>
/// The CPU backend: every operation in C#, on all cores, with the widest vectors the machine has. Results are the same bits for
/// any number of threads. Methods return when the work is done.
/// </summary>
public sealed unsafe partial class CpuBackend : IBackend
{
    /// <summary>Least number of floats worth handing to another thread in a memory-bound loop.</summary>
    private const long Grain = 16 * 1024;

    /// <summary>Chunk borders of flat loops are multiples of this: whole vectors and cache lines.</summary>
    private const long Unit = 64;

    private readonly CpuContext _context;

    /// <summary>Starts the threads.</summary>
    public CpuBackend(CpuOptions? options = null)
    {
        Options = options ?? new CpuOptions();
        _context = new CpuContext(Options.Threads, Options.Poison, Options.Winograd);
    }

    /// <summary>What the backend was made with.</summary>
    public CpuOptions Options { get; }

    /// <summary>Threads, memory and scratch of this backend.</summary>
    public CpuContext Context => _context;

    /// <inheritdoc/>
    public string Name => "cpu";

    /// <inheritdoc/>
    public DType FloatType => DType.Float32;

    /// <inheritdoc/>
    public void Synchronize()
    {
        // Every method has finished its work when it returns.
    }

    /// <inheritdoc/>
    public void Dispose() => _context.Dispose();

    /// <summary>The tensor's first element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* Floats(Tensor x) => (float*)((CpuBuffer)x.Buffer).Pointer + x.Offset;

    private static float* FloatsOrNull(Tensor? x) => x is null ? null : Floats(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int* Ints(Tensor x) => (int*)((CpuBuffer)x.Buffer).Pointer + x.Offset;

    private static byte* Bytes(Tensor x) => ((CpuBuffer)x.Buffer).Pointer + x.Offset * x.DType.Size();

    private void Run<TBody>(in Partition partition, TBody body) where TBody : struct, ILaneBody =>
        _context.Pool.Run(partition.Chunks, new Widest<TBody>(body));

    private void Run<TBody>(int chunks, TBody body) where TBody : struct, ILaneBody =>
        _context.Pool.Run(chunks, new Widest<TBody>(body));
}
