namespace NativeEngine.SoftGpu;

/// <summary>The fundamental types of PTX that the software GPU knows.</summary>
public enum PtxType : byte
{
    None,
    Pred,
    B8,
    B16,
    B32,
    B64,
    U8,
    U16,
    U32,
    U64,
    S8,
    S16,
    S32,
    S64,
    U16x2,
    S16x2,
    F16,
    F16x2,
    BF16,
    BF16x2,
    F32,
    F64,

    /// <summary>float32 with 10 digits behind the point, in a 32-bit register.</summary>
    TF32,

    /// <summary>Two 8-bit floats in a 16-bit register: 4 bits of exponent and 3 of fraction, no infinity.</summary>
    E4M3x2,

    /// <summary>Two 8-bit floats in a 16-bit register: 5 bits of exponent and 2 of fraction.</summary>
    E5M2x2,
}

/// <summary>Size, class and spelling of <see cref="PtxType"/>.</summary>
public static class PtxTypes
{
    private static readonly Dictionary<string, PtxType> ByName =
        Enum.GetValues<PtxType>().Where(type => type != PtxType.None).ToDictionary(Spelling, type => type);

    /// <summary>The type's name as written after the dot, for example <c>u32</c> or <c>f16x2</c>.</summary>
    public static string Spelling(this PtxType type) => type.ToString().ToLowerInvariant();

    /// <summary>Reads a type name without its dot.</summary>
    public static bool TryParse(string name, out PtxType type) => ByName.TryGetValue(name, out type);

    /// <summary>Bytes in memory; a predicate has none.</summary>
    public static int Size(this PtxType type) => type switch
    {
        PtxType.B8 or PtxType.U8 or PtxType.S8 => 1,
        PtxType.B16 or PtxType.U16 or PtxType.S16 or PtxType.F16 or PtxType.BF16 or PtxType.E4M3x2 or PtxType.E5M2x2 => 2,
        PtxType.B32 or PtxType.U32 or PtxType.S32 or PtxType.F32 or PtxType.F16x2 or PtxType.BF16x2 or PtxType.U16x2 or PtxType.S16x2 or PtxType.TF32 => 4,
        PtxType.B64 or PtxType.U64 or PtxType.S64 or PtxType.F64 => 8,
        _ => 0,
    };

    /// <summary>True for signed integers.</summary>
    public static bool IsSigned(this PtxType type) => type is PtxType.S8 or PtxType.S16 or PtxType.S32 or PtxType.S64 or PtxType.S16x2;

    /// <summary>True for untyped bits.</summary>
    public static bool IsBits(this PtxType type) => type is PtxType.B8 or PtxType.B16 or PtxType.B32 or PtxType.B64;

    /// <summary>True for floating-point types, packed ones included.</summary>
    public static bool IsFloat(this PtxType type) => type >= PtxType.F16;

    /// <summary>True for signed, unsigned and untyped integers.</summary>
    public static bool IsInteger(this PtxType type) => type is >= PtxType.B8 and <= PtxType.S16x2;

    /// <summary>True for two 16-bit values in one 32-bit register.</summary>
    public static bool IsPair(this PtxType type) => type is PtxType.F16x2 or PtxType.BF16x2 or PtxType.U16x2 or PtxType.S16x2;

    /// <summary>True for bfloat16 and pairs of them.</summary>
    public static bool IsBFloat(this PtxType type) => type is PtxType.BF16 or PtxType.BF16x2;

    /// <summary>True for types a register can be declared with.</summary>
    public static bool IsRegister(this PtxType type) =>
        type is not (PtxType.B8 or PtxType.U8 or PtxType.S8 or PtxType.U16x2 or PtxType.S16x2 or PtxType.TF32 or PtxType.E4M3x2 or PtxType.E5M2x2);

    /// <summary>The integer type of twice the width and the same sign (u16 to u32, s32 to s64).</summary>
    public static PtxType Widened(this PtxType type) => type switch
    {
        PtxType.U16 => PtxType.U32,
        PtxType.S16 => PtxType.S32,
        PtxType.U32 => PtxType.U64,
        PtxType.S32 => PtxType.S64,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "has no wider type"),
    };

    /// <summary>
    /// True when a register of type <paramref name="register"/> may stand where an instruction wants <paramref name="wanted"/>: the same size, and
    /// either the same class or one of the two untyped bits. Sizes may differ upwards (<paramref name="wider"/>) for loads, stores and conversions.
    /// </summary>
    public static bool Accepts(this PtxType wanted, PtxType register, bool wider = false)
    {
        if (wanted == PtxType.Pred || register == PtxType.Pred)
            return wanted == register;
        int want = wanted.Size(), have = register.Size();
        if (have != want && !(wider && have > want))
            return false;
        if (wanted.IsBits() || register.IsBits())
            return true;
        if (wanted.IsFloat() || register.IsFloat())
            return wanted == register || (wanted.Size() < 4 && wanted.IsFloat() && !register.IsFloat());
        return true;
    }
}
