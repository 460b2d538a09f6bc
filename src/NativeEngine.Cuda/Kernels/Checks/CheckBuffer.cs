namespace NativeEngine.Cuda.Kernels.Checks;

/// <summary>Device memory of a kernel check, between two red zones.</summary>
/// <typeparam name="T">Element type.</typeparam>
public sealed class CheckBuffer<T> : CheckBuffer where T : unmanaged
{
    internal CheckBuffer(string name, ulong allocation, ulong address, byte[] initial, bool readOnly)
        : base(name, allocation, address, initial, readOnly)
    {
    }

    /// <summary>The buffer as a kernel argument.</summary>
    public static implicit operator In<T>(CheckBuffer<T>? buffer) => new(buffer?.Address ?? 0);

    /// <summary>The buffer as a kernel argument.</summary>
    public static implicit operator Out<T>(CheckBuffer<T>? buffer) => new(buffer?.Address ?? 0);

    /// <summary>The buffer as a kernel argument.</summary>
    public static implicit operator InOut<T>(CheckBuffer<T>? buffer) => new(buffer?.Address ?? 0);
}

/// <summary>The untyped part of a check's buffer.</summary>
public abstract class CheckBuffer
{
    private protected CheckBuffer(string name, ulong allocation, ulong address, byte[] initial, bool readOnly)
    {
        Name = name;
        Allocation = allocation;
        Address = address;
        Initial = initial;
        ReadOnly = readOnly;
    }

    /// <summary>The name in messages: <c>dx</c>.</summary>
    public string Name { get; }

    /// <summary>Device address of the first element.</summary>
    public ulong Address { get; }

    /// <summary>Size in bytes.</summary>
    public int Bytes => Initial.Length;

    internal ulong Allocation { get; }

    /// <summary>What the buffer held before the launches.</summary>
    internal byte[] Initial { get; }

    /// <summary>The kernel may not change it.</summary>
    internal bool ReadOnly { get; }
}
