namespace NativeEngine.SoftGpu;

/// <summary>
/// Every instruction the software GPU knows, one row for each form. The parser accepts exactly these rows, the decoder must have an implementation
/// for each of their variants, and the tests walk them.
/// </summary>
/// <remarks>
/// A row reads <c>class: opcodes modifiers : operands ; minimum version and target</c>. Alternatives are parted by <c>|</c>, a trailing <c>?</c>
/// marks what may be left out. Operands: <c>T</c> a value of the first type, <c>U</c> of the second, <c>W</c> of twice the first's width, a type name
/// for a fixed type, <c>P</c> a predicate (negation allowed), <c>T|P</c> with a second predicate result, <c>V</c> a value or vector, <c>M</c> memory,
/// <c>L</c> label, <c>I</c> integer constant of 8 bits, <c>X</c> anything a move takes. <c>=</c> marks destinations, <c>~</c> allows a wider register.
/// </remarks>
internal static class OpcodeTable
{
    private const string Rows = """
        Float32: add|sub|mul rn|rz|rm|rp? ftz? sat? f32 : =T, T, T
        Float32: fma|mad rn|rz|rm|rp ftz? sat? f32 : =T, T, T, T
        Float32: div rn|rz|rm|rp ftz? f32 : =T, T, T
        Float32: rcp|sqrt rn|rz|rm|rp ftz? f32 : =T, T
        Float32: abs|neg ftz? f32 : =T, T
        Float32: min|max ftz? f32 : =T, T, T
        Float32: min|max ftz? NaN f32 : =T, T, T ; 70 80
        Float32: copysign f32 : =T, T, T
        Special: div approx|full ftz? f32 : =T, T, T
        Special: rcp|sqrt|rsqrt|sin|cos|lg2|ex2 approx ftz? f32 : =T, T
        Special: tanh approx f32 : =T, T ; 70 75
        Float64: add|sub|mul rn? f64 : =T, T, T
        Float64: div rn f64 : =T, T, T
        Float64: fma|mad rn f64 : =T, T, T, T
        Float64: rcp|sqrt rn f64 : =T, T
        Float64: abs|neg f64 : =T, T
        Float64: min|max|copysign f64 : =T, T, T
        Float16: add|sub|mul rn? ftz? sat? f16|f16x2 : =T, T, T
        Float16: fma rn ftz? sat? f16|f16x2 : =T, T, T, T
        Float16: abs|neg ftz? f16|f16x2 : =T, T
        Float16: min|max ftz? f16|f16x2 : =T, T, T ; 70 80
        Float16: fma rn bf16|bf16x2 : =T, T, T, T ; 70 80
        Float16: abs|neg bf16|bf16x2 : =T, T ; 70 80
        Float16: min|max bf16|bf16x2 : =T, T, T ; 70 80
        Compare: testp finite|infinite|number|notanumber|normal|subnormal f32|f64 : =pred, T

        Integer: add|sub u16|s16|u32|u64|s64 : =T, T, T
        Integer: add|sub sat? s32 : =T, T, T
        Integer: add|sub cc u32|s32|u64|s64 : =T, T, T
        Integer: addc|subc cc? u32|s32|u64|s64 : =T, T, T
        Integer: mul lo|hi u16|s16|u32|s32|u64|s64 : =T, T, T
        Integer: mul wide u16|s16|u32|s32 : =W, T, T
        Integer: mad lo|hi u16|s16|u32|s32|u64|s64 : =T, T, T, T
        Integer: mad wide u16|s16|u32|s32 : =W, T, T, W
        Integer: div|rem u16|s16|u32|s32|u64|s64 : =T, T, T
        Integer: abs|neg s16|s32|s64 : =T, T
        Integer: min|max u16|s16|u32|s32|u64|s64 : =T, T, T
        Integer: popc|clz b32|b64 : =u32, T
        Integer: bfind shiftamt? u32|s32|u64|s64 : =u32, T
        Integer: brev b32|b64 : =T, T
        Integer: bfe u32|s32|u64|s64 : =T, T, u32, u32
        Integer: bfi b32|b64 : =T, T, T, u32, u32
        Logic: and|or|xor pred|b16|b32|b64 : =T, T, T
        Logic: not pred|b16|b32|b64 : =T, T
        Logic: cnot b16|b32|b64 : =T, T
        Logic: shl b16|b32|b64 : =T, T, u32
        Logic: shr b16|b32|b64|u16|u32|u64|s16|s32|s64 : =T, T, u32
        Logic: shf l|r clamp|wrap b32 : =T, T, T, u32
        Logic: lop3 b32 : =T, T, T, T, I
        Logic: prmt b32 f4e|b4e|rc8|ecl|ecr|rc16? : =T, T, T, b32
        Compare: setp eq|ne b16|b32|b64 : =P, T, T
        Compare: setp eq|ne and|or|xor b16|b32|b64 : =P, T, T, P
        Compare: setp eq|ne|lt|le|gt|ge|lo|ls|hi|hs u16|u32|u64 : =P, T, T
        Compare: setp eq|ne|lt|le|gt|ge|lo|ls|hi|hs and|or|xor u16|u32|u64 : =P, T, T, P
        Compare: setp eq|ne|lt|le|gt|ge s16|s32|s64 : =P, T, T
        Compare: setp eq|ne|lt|le|gt|ge and|or|xor s16|s32|s64 : =P, T, T, P
        Compare: setp eq|ne|lt|le|gt|ge|equ|neu|ltu|leu|gtu|geu|num|nan ftz? f16|f32 : =P, T, T
        Compare: setp eq|ne|lt|le|gt|ge|equ|neu|ltu|leu|gtu|geu|num|nan and|or|xor ftz? f16|f32 : =P, T, T, P
        Compare: setp eq|ne|lt|le|gt|ge|equ|neu|ltu|leu|gtu|geu|num|nan f64 : =P, T, T
        Compare: setp eq|ne|lt|le|gt|ge|equ|neu|ltu|leu|gtu|geu|num|nan and|or|xor f64 : =P, T, T, P
        Compare: set eq|ne u32|s32|f32 b16|b32|b64 : =T, U, U
        Compare: set eq|ne|lt|le|gt|ge|lo|ls|hi|hs u32|s32|f32 u16|u32|u64 : =T, U, U
        Compare: set eq|ne|lt|le|gt|ge u32|s32|f32 s16|s32|s64 : =T, U, U
        Compare: set eq|ne|lt|le|gt|ge|equ|neu|ltu|leu|gtu|geu|num|nan ftz? u32|s32|f32 f32 : =T, U, U
        Compare: set eq|ne|lt|le|gt|ge|equ|neu|ltu|leu|gtu|geu|num|nan u32|s32|f32 f64 : =T, U, U
        Compare: selp b16|b32|b64|u16|u32|u64|s16|s32|s64|f32|f64 : =T, T, T, pred
        Compare: slct b16|b32|b64|u16|u32|u64|s16|s32|s64|f32|f64 s32 : =T, T, T, U
        Compare: slct ftz? b16|b32|b64|u16|u32|u64|s16|s32|s64|f32|f64 f32 : =T, T, T, U

        Move: mov b16|b32|b64|u16|u32|u64|s16|s32|s64|f32|f64 : =X, X
        Move: mov pred : =T, T
        Move: cvta global|shared|local|const u64 : =T, X
        Move: cvta to global|shared|local|const u64 : =T, T
        Compare: isspacep global|shared|local|const : =pred, u64
        Convert: cvt sat? u8|u16|u32|u64|s8|s16|s32|s64 u8|u16|u32|u64|s8|s16|s32|s64 : =T~, U~
        Convert: cvt rni|rzi|rmi|rpi ftz? sat? u8|u16|u32|u64|s8|s16|s32|s64 f32 : =T~, U
        Convert: cvt rni|rzi|rmi|rpi sat? u8|u16|u32|u64|s8|s16|s32|s64 f16|f64 : =T~, U
        Convert: cvt rn|rz|rm|rp sat? f16|f32|f64 u8|u16|u32|u64|s8|s16|s32|s64 : =T, U~
        Convert: cvt rn|rz|rm|rp ftz? sat? f32 f64 : =T, U
        Convert: cvt rn|rz|rm|rp ftz? sat? f16 f32 : =T, U
        Convert: cvt rn|rz|rm|rp sat? f16 f64 : =T, U
        Convert: cvt ftz? sat? f32 f16 : =T, U
        Convert: cvt sat? f64 f16 : =T, U
        Convert: cvt ftz? sat? f64 f32 : =T, U
        Convert: cvt rni|rzi|rmi|rpi? ftz? sat? f32 f32 : =T, U
        Convert: cvt rni|rzi|rmi|rpi? sat? f16 f16 : =T, U
        Convert: cvt rni|rzi|rmi|rpi? sat? f64 f64 : =T, U
        Convert: cvt rn|rz bf16 f32 : =T, U ; 70 80
        Convert: cvt rn|rz f16x2|bf16x2 f32 : =T, U, U ; 70 80

        GenericMemory: ld weak? global|shared|local|const|param? ca|cg|cs|lu|cv? v2|v4? b8|b16|b32|b64|u8|u16|u32|u64|s8|s16|s32|s64|f32|f64 : =V, M
        GenericMemory: ld volatile global|shared|local? v2|v4? b8|b16|b32|b64|u8|u16|u32|u64|s8|s16|s32|s64|f32|f64 : =V, M
        GenericMemory: ld relaxed|acquire cta|gpu|sys global|shared? v2|v4? b8|b16|b32|b64|u8|u16|u32|u64|s8|s16|s32|s64|f32|f64 : =V, M ; 60 70
        GenericMemory: ld global ca|cg|cs? nc v2|v4? b8|b16|b32|b64|u8|u16|u32|u64|s8|s16|s32|s64|f32|f64 : =V, M
        GenericMemory: st weak? global|shared|local? wb|cg|cs|wt? v2|v4? b8|b16|b32|b64|u8|u16|u32|u64|s8|s16|s32|s64|f32|f64 : M, V
        GenericMemory: st volatile global|shared|local? v2|v4? b8|b16|b32|b64|u8|u16|u32|u64|s8|s16|s32|s64|f32|f64 : M, V
        GenericMemory: st relaxed|release cta|gpu|sys global|shared? v2|v4? b8|b16|b32|b64|u8|u16|u32|u64|s8|s16|s32|s64|f32|f64 : M, V ; 60 70
        Atomic: atom relaxed|acquire|release|acq_rel? cta|gpu|sys? global|shared? and|or|xor|exch b32|b64 : =T, M, T
        Atomic: atom relaxed|acquire|release|acq_rel? cta|gpu|sys? global|shared? cas b32|b64 : =T, M, T, T
        Atomic: atom relaxed|acquire|release|acq_rel? cta|gpu|sys? global|shared? add u32|s32|u64|f32|f64 : =T, M, T
        Atomic: atom relaxed|acquire|release|acq_rel? cta|gpu|sys? global|shared? add noftz f16x2 : =T, M, T
        Atomic: atom relaxed|acquire|release|acq_rel? cta|gpu|sys? global|shared? min|max u32|s32|u64|s64 : =T, M, T
        Atomic: atom relaxed|acquire|release|acq_rel? cta|gpu|sys? global|shared? inc|dec u32 : =T, M, T
        Atomic: red relaxed|release? cta|gpu|sys? global|shared? and|or|xor b32|b64 : M, T
        Atomic: red relaxed|release? cta|gpu|sys? global|shared? add u32|s32|u64|f32|f64 : M, T
        Atomic: red relaxed|release? cta|gpu|sys? global|shared? add noftz f16x2 : M, T
        Atomic: red relaxed|release? cta|gpu|sys? global|shared? min|max u32|s32|u64|s64 : M, T
        Atomic: red relaxed|release? cta|gpu|sys? global|shared? inc|dec u32 : M, T

        Warp: shfl sync up|down|bfly|idx b32 : =T|P, T, b32, b32, b32
        Warp: vote sync all|any|uni pred : =T, P, b32
        Warp: vote sync ballot b32 : =T, P, b32
        Warp: match sync any b32|b64 : =u32, T, b32
        Warp: match sync all b32|b64 : =u32|P, T, b32
        Warp: redux sync add|min|max u32|s32 : =T, T, b32 ; 70 80
        Warp: redux sync and|or|xor b32 : =T, T, b32 ; 70 80
        Warp: activemask b32 : =T
        Warp: bar warp sync : b32
        Barrier: bar cta? sync : u32, u32?
        Barrier: bar cta? arrive : u32, u32
        Barrier: barrier cta? sync aligned? : u32, u32?
        Barrier: barrier cta? arrive aligned? : u32, u32
        Barrier: bar cta? red popc u32 : =T, u32, P
        Barrier: bar cta? red popc u32 : =T, u32, u32, P
        Barrier: bar cta? red and|or pred : =T, u32, P
        Barrier: bar cta? red and|or pred : =T, u32, u32, P
        Barrier: membar cta|gl|sys :
        Barrier: fence sc|acq_rel? cta|gpu|sys : ; 60 70
        Control: bra uni? : L
        Control: ret uni? :
        Control: exit|trap :
        Control: nanosleep u32 : T ; 63 70
        """;

    private static readonly Dictionary<string, InstructionForm[]> ByOpcode = Rows
        .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .SelectMany(ParseRow)
        .GroupBy(form => form.Opcode)
        .ToDictionary(group => group.Key, group => group.ToArray());

    /// <summary>The forms of one opcode; empty when the opcode is unknown.</summary>
    public static ReadOnlySpan<InstructionForm> FormsOf(string opcode) => ByOpcode.TryGetValue(opcode, out var forms) ? forms : [];

    /// <summary>All forms.</summary>
    public static IEnumerable<InstructionForm> All => ByOpcode.Values.SelectMany(forms => forms);

    /// <summary>All opcodes.</summary>
    public static IEnumerable<string> Opcodes => ByOpcode.Keys;

    private static IEnumerable<InstructionForm> ParseRow(string row)
    {
        string[] limits = row.Split(';');
        string[] parts = limits[0].Split(':', 3);
        var group = Enum.Parse<InstructionClass>(parts[0]);
        string[] head = parts[1].Trim().Split(' ', 2);
        int version = 0, target = 0;
        if (limits.Length > 1)
        {
            string[] minimum = limits[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            version = int.Parse(minimum[0]);
            target = int.Parse(minimum[1]);
        }
        foreach (string opcode in head[0].Split('|'))
            yield return new InstructionForm(opcode, head.Length > 1 ? head[1] : "", parts[2], group, version, target);
    }
}
