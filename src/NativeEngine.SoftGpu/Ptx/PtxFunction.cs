namespace NativeEngine.SoftGpu;

/// <summary>A device function (<c>.func</c>): declared, and perhaps defined, in the module.</summary>
public sealed class PtxFunction : PtxBody
{
    internal PtxFunction(string name, int line, int index) : base(name, line) => Index = index;

    /// <summary>Number of the function in its module, in order of declaration.</summary>
    public int Index { get; }

    /// <summary>What it gives back, each at its byte offset in the frame.</summary>
    public IReadOnlyList<PtxVariable> Results => Signature.Results;

    /// <summary>True when the module has its body (or calls of it are executed by the machine itself).</summary>
    public bool IsDefined { get; internal set; }

    /// <summary>Why the body cannot be executed, or null: only kernels that use the function are refused.</summary>
    public PtxException? Problem { get; internal set; }

    internal PtxSignature Signature { get; set; } = PtxSignature.Empty;

    /// <summary>The function that this name is an <c>.alias</c> of, or null.</summary>
    internal PtxFunction? AliasOf { get; set; }

    /// <summary>The function that is executed when this one is called.</summary>
    internal PtxFunction Target => AliasOf ?? this;

    /// <summary>A function that every device has without defining it.</summary>
    internal SystemFunction System => IsDefined || AliasOf is not null ? SystemFunction.None : Name switch
    {
        "vprintf" => SystemFunction.Print,
        "__assertfail" => SystemFunction.AssertFail,
        _ => SystemFunction.None,
    };
}

/// <summary>Functions of the device's system library that the machine executes itself.</summary>
internal enum SystemFunction : byte
{
    None,

    /// <summary><c>int vprintf(const char* format, void* arguments)</c>.</summary>
    Print,

    /// <summary><c>void __assertfail(const char* message, const char* file, unsigned line, const char* function, size_t charSize)</c>.</summary>
    AssertFail,
}
