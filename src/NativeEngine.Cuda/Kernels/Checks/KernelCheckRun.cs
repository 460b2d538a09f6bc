using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NativeEngine.Cuda.Kernels.Checks;

/// <summary>
/// One run of a kernel check: makes buffers between red zones, launches, compares. Outputs start out poisoned, inputs must come
/// back unchanged, and a tolerance is a number of float roundings at the size of the reference, so that zeros never pass.
/// </summary>
/// <param name="device">Where the kernels run.</param>
/// <param name="seed">Seed of the random inputs.</param>
public class KernelCheckRun(IKernelDevice device, ulong seed)
{
    private const int ZoneSize = 256;
    private const byte ZoneByte = 0xA5;
    private const double Rounding = 1.0 / (1 << 24); // half a unit in the last place at 1
    private const double Tiny = 3e-45; // two steps of the smallest floats

    private readonly List<CheckBuffer> _buffers = [];

    private int Zone => device.GuardsMemory ? 0 : ZoneSize;

    /// <summary>Where the kernels run.</summary>
    public IKernelDevice Device => device;

    /// <summary>Seed of the random inputs.</summary>
    public ulong Seed => seed;

    /// <summary>Random numbers of the current case.</summary>
    public CheckRandom Random { get; private set; } = new(seed, 0);

    /// <summary>Cases begun so far.</summary>
    public int Cases { get; private set; }

    /// <summary>The current case in words.</summary>
    public string Case { get; private set; } = "";

    /// <summary>The largest error so far as a share of the allowed one.</summary>
    public double WorstError { get; private set; }

    /// <summary>Kernels launched so far.</summary>
    public HashSet<Kernel> Launched { get; } = [];

    /// <summary>Bytes by which float buffers are shifted from 16-byte alignment in the current case.</summary>
    public int Misalignment { get; private set; }

    /// <summary>Buffers of the current case.</summary>
    protected IReadOnlyList<CheckBuffer> Buffers => _buffers;

    /// <summary>Begins a case: random numbers start afresh, the buffers of the case before are checked and freed.</summary>
    /// <param name="description">The sizes in words.</param>
    /// <param name="misalign">Shift float buffers by 4 bytes, so that 16-byte access is not possible.</param>
    public void Begin(string description, bool misalign = false)
    {
        Release();
        Cases++;
        Case = misalign ? $"{description}, misaligned" : description;
        Misalignment = misalign ? 4 : 0;
        Random = new(seed, (uint)Cases);
    }

    /// <summary>Memory the kernel reads.</summary>
    public CheckBuffer<T> Input<T>(string name, ReadOnlySpan<T> values) where T : unmanaged => Make<T>(name, MemoryMarshal.AsBytes(values), true);

    /// <inheritdoc cref="Input{T}(string, ReadOnlySpan{T})"/>
    public CheckBuffer<T> Input<T>(string name, T[] values) where T : unmanaged => Input<T>(name, values.AsSpan());

    /// <summary>Memory the kernel reads and writes.</summary>
    public CheckBuffer<T> InOut<T>(string name, T[] values) where T : unmanaged => Make<T>(name, MemoryMarshal.AsBytes(values.AsSpan()), false);

    /// <summary>Memory the kernel must write completely: poisoned with a NaN pattern.</summary>
    public CheckBuffer<T> Output<T>(string name, long count) where T : unmanaged
    {
        var poison = new byte[checked((int)count * Unsafe.SizeOf<T>())];
        poison.AsSpan().Fill(0xFF);
        return Make<T>(name, poison, false, poisoned: true);
    }

    /// <summary>A gradient target: poisoned when it is overwritten, holding <paramref name="before"/> when it is added to.</summary>
    public CheckBuffer<float> Target(string name, float[] before, bool accumulate) =>
        accumulate ? InOut(name, before) : Output<float>(name, before.Length);

    /// <summary>Launches a kernel.</summary>
    public void Launch<TArguments>(Kernel<TArguments> kernel, LaunchShape shape, TArguments arguments) where TArguments : unmanaged
    {
        Launched.Add(kernel);
        if (!shape.IsEmpty)
            Execute(kernel, shape, arguments);
    }

    /// <summary>What <see cref="Launch"/> does; a test of the checks puts a wrong kernel here.</summary>
    protected virtual void Execute<TArguments>(Kernel<TArguments> kernel, LaunchShape shape, in TArguments arguments) where TArguments : unmanaged =>
        device.Launch(kernel, shape, arguments);

    /// <summary>Reads a buffer back, after all launches.</summary>
    public T[] Read<T>(CheckBuffer<T> buffer) where T : unmanaged
    {
        device.Synchronize();
        var values = new T[buffer.Bytes / Unsafe.SizeOf<T>()];
        device.Read(buffer.Address, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>
    /// Compares floats with the reference: |got - expected| ≤ roundings · 2^-24 · (|expected| + scale). NaN and infinity must be equal.
    /// </summary>
    /// <param name="buffer">The kernel's result.</param>
    /// <param name="expected">The reference.</param>
    /// <param name="roundings">Float roundings the kernel's formula may lose.</param>
    /// <param name="scale">Size of the terms where they can cancel; 0 when the result itself is the scale.</param>
    public void Expect(CheckBuffer<float> buffer, double[] expected, double roundings, double scale = 0) =>
        Compare(buffer.Name, Read(buffer), expected, roundings, _ => scale);

    /// <inheritdoc cref="Expect(CheckBuffer{float}, double[], double, double)"/>
    public void Expect(CheckBuffer<float> buffer, double[] expected, double roundings, double[] scales) =>
        Compare(buffer.Name, Read(buffer), expected, roundings, i => scales[i]);

    /// <summary>Compares doubles with the reference: |got - expected| ≤ roundings · 2^-24 · size, where the size is not that of the result.</summary>
    public void Expect(CheckBuffer<double> buffer, double[] expected, double roundings, Func<int, double> size)
    {
        var got = Read(buffer);
        for (int i = 0; i < got.Length; i++)
            CompareOne(buffer.Name, i, got[i], expected[i], roundings * Rounding * size(i) + Tiny);
    }

    /// <summary>Compares values that must be equal.</summary>
    public void ExpectExactly<T>(CheckBuffer<T> buffer, T[] expected) where T : unmanaged, IEquatable<T>
    {
        var got = Read(buffer);
        for (int i = 0; i < expected.Length; i++)
        {
            if (!got[i].Equals(expected[i]))
                throw new KernelMismatchException($"{buffer.Name}[{i}] is {got[i]}, expected {expected[i]}");
        }
    }

    private void Compare(string name, float[] got, double[] expected, double roundings, Func<int, double> scale)
    {
        if (got.Length != expected.Length)
            throw new KernelMismatchException($"{name} has {got.Length} elements, the reference {expected.Length}");
        for (int i = 0; i < got.Length; i++)
        {
            double e = expected[i], g = got[i];
            if ((float)e is var rounded && !float.IsFinite(rounded))
            {
                if (!got[i].Equals(rounded))
                    throw new KernelMismatchException($"{name}[{i}] is {g:R}, expected {e:R}");
                continue;
            }

            CompareOne(name, i, g, e, roundings * Rounding * (Math.Abs(e) + scale(i)) + Tiny);
        }
    }

    private void CompareOne(string name, int i, double got, double expected, double allowed)
    {
        double error = Math.Abs(got - expected) / allowed;
        if (!(error <= 1))
            throw new KernelMismatchException($"{name}[{i}] is {got:R}, expected {expected:R}, difference {Math.Abs(got - expected):G3}, allowed {allowed:G3}");
        WorstError = Math.Max(WorstError, error);
    }

    /// <summary>Checks the red zones and inputs of the current case and frees its buffers.</summary>
    public void Release()
    {
        if (_buffers.Count == 0)
            return;
        try
        {
            device.Synchronize();
            foreach (var buffer in _buffers)
                CheckSurroundings(buffer);
        }
        finally
        {
            Discard();
        }
    }

    /// <summary>Frees the buffers of the current case unchecked.</summary>
    internal void Discard()
    {
        foreach (var buffer in _buffers)
            device.Free(buffer.Allocation);
        _buffers.Clear();
    }

    private void CheckSurroundings(CheckBuffer buffer)
    {
        if (device.GuardsMemory && !buffer.ReadOnly)
            return;
        var bytes = new byte[Zone + buffer.Bytes + Zone];
        device.Read(buffer.Address - (ulong)Zone, bytes);
        for (int i = 0; i < Zone; i++)
        {
            if (bytes[i] != ZoneByte)
                throw new KernelMismatchException($"wrote {Zone - i} bytes before {buffer.Name}");
            if (bytes[Zone + buffer.Bytes + i] != ZoneByte)
                throw new KernelMismatchException($"wrote {i} bytes behind the end of {buffer.Name}");
        }

        if (buffer.ReadOnly && !bytes.AsSpan(Zone, buffer.Bytes).SequenceEqual(buffer.Initial))
            throw new KernelMismatchException($"changed its input {buffer.Name}");
    }

    private CheckBuffer<T> Make<T>(string name, ReadOnlySpan<byte> bytes, bool readOnly, bool poisoned = false) where T : unmanaged
    {
        int shift = Zone + (typeof(T) == typeof(float) ? Misalignment : 0);
        ulong allocation = device.Allocate(Math.Max(1, shift + bytes.Length + Zone));
        if (!device.GuardsMemory)
        {
            var image = new byte[shift + bytes.Length + Zone];
            image.AsSpan().Fill(ZoneByte);
            bytes.CopyTo(image.AsSpan(shift));
            device.Write(allocation, image);
        }
        else if (!poisoned)
        {
            device.Write(allocation + (ulong)shift, bytes); // what is not written here must be written by a kernel before it is read
        }

        var buffer = new CheckBuffer<T>(name, allocation, allocation + (ulong)shift, bytes.ToArray(), readOnly);
        _buffers.Add(buffer);
        return buffer;
    }
}
