using NativeEngine.Cpu.Memory;

namespace NativeEngine.Cpu.Tests;

/// <summary>Native float memory for kernel tests: random content, and guard values on both sides that must survive.</summary>
internal sealed unsafe class Floats : IDisposable
{
    private const int Guard = 64;
    private const float GuardValue = 12345.678f;
    private static readonly AlignedPool Memory = new();
    private readonly NativeBlock _block;

    public Floats(long count, Random? random = null, float fill = float.NaN)
    {
        Count = count;
        _block = Memory.Rent((count + 2 * Guard) * sizeof(float));
        for (int i = 0; i < Guard; i++)
        {
            _block.Floats[i] = GuardValue;
            _block.Floats[Guard + count + i] = GuardValue;
        }
        for (long i = 0; i < count; i++) Pointer[i] = random == null ? fill : (float)(random.NextDouble() * 2 - 1);
    }

    public long Count { get; }

    public float* Pointer => _block.Floats + Guard;

    public float this[long i]
    {
        get => Pointer[i];
        set => Pointer[i] = value;
    }

    public float[] ToArray() => new Span<float>(Pointer, (int)Count).ToArray();

    public void CopyFrom(Floats other) => new Span<float>(other.Pointer, (int)Count).CopyTo(new Span<float>(Pointer, (int)Count));

    public void Fill(float value) => new Span<float>(Pointer, (int)Count).Fill(value);

    /// <summary>Fails if something was written outside.</summary>
    public void AssertGuards(string what)
    {
        for (int i = 0; i < Guard; i++)
        {
            Assert.That(_block.Floats[i], Is.EqualTo(GuardValue), $"{what}: wrote {Guard - i} floats before the start");
            Assert.That(_block.Floats[Guard + Count + i], Is.EqualTo(GuardValue), $"{what}: wrote {i} floats behind the end");
        }
    }

    /// <summary>Fails if an element differs from the reference by more than <paramref name="tolerance"/> times the largest reference value.</summary>
    public void AssertEquals(double[] expected, double tolerance, string what)
    {
        double scale = 1e-30;
        foreach (double e in expected) scale = Math.Max(scale, Math.Abs(e));
        Assert.That(Count, Is.EqualTo(expected.LongLength), what);
        for (long i = 0; i < expected.LongLength; i++)
        {
            double difference = Math.Abs(this[i] - expected[i]);
            if (!(difference <= tolerance * scale))
                Assert.Fail($"{what}: element {i} is {this[i]}, expected {expected[i]} (largest {scale:E2}, tolerance {tolerance:E1})");
        }
        AssertGuards(what);
    }

    public void Dispose() => Memory.Return(_block);
}
