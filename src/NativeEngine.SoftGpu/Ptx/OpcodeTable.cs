namespace NativeEngine.SoftGpu;

/// <summary>
/// Every instruction the software GPU knows, one row for each form. The parser accepts exactly these rows, the decoder must have an implementation
/// for each of their variants, and the tests walk them.
/// </summary>
/// <remarks>
/// A row reads <c>class: opcodes modifiers : operands ; first version and target, version and target that removed it</c>. Alternatives are parted by
/// <c>|</c>, a trailing <c>?</c> marks what may be left out, <c>^</c> a hint that may be left out and changes no result; modifiers in parentheses come in
/// any order; names in <c>&lt;&gt;</c> stand for the lists below. Operands: <c>T</c> a value of the first type, <c>U</c> of the second, <c>W</c> of twice
/// the first's width, a type name for a fixed type, <c>P</c> a predicate (negation allowed), <c>T|P</c> with a second predicate result, <c>V</c> a value or
/// vector of at most 16 bytes (<c>V32</c>: 32), <c>M</c> memory of the named space (<c>M:shared</c>: of that one), <c>L</c> label, <c>B</c> list of
/// labels, <c>C</c> all of a call, <c>I</c> integer constant of 8 bits (<c>I:4/8</c>: 4 or 8), <c>FA</c> to <c>FD</c> the registers of a matrix,
/// <c>FM</c> those of <c>.x</c>, <c>X</c> anything a move takes. <c>=</c> marks destinations (<c>=T_</c>: or the sink <c>_</c>), <c>~</c> allows a wider
/// register, <c>@</c> names the modifier an operand goes with.
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
        Float32: min|max ftz? NaN? xorsign abs f32 : =T, T, T ; 72 86
        Float32: min|max ftz? NaN? abs? f32 : =T, T, T, T ; 88 100
        Float32: copysign f32 : =T, T, T
        Special: div approx|full ftz? f32 : =T, T, T
        Special: rcp|sqrt|rsqrt|sin|cos|lg2|ex2 approx ftz? f32 : =T, T
        Special: tanh approx f32 : =T, T ; 70 75
        Special: rcp|rsqrt approx ftz f64 : =T, T
        Special: rsqrt approx f64 : =T, T
        Special: ex2|tanh approx f16|f16x2 : =T, T ; 70 75
        Special: ex2 approx ftz bf16|bf16x2 : =T, T ; 78 90
        Special: tanh approx bf16|bf16x2 : =T, T ; 78 90
        Float64: add|sub|mul rn|rz|rm|rp? f64 : =T, T, T
        Float64: div rn|rz|rm|rp f64 : =T, T, T
        Float64: fma|mad rn|rz|rm|rp f64 : =T, T, T, T
        Float64: rcp|sqrt rn|rz|rm|rp f64 : =T, T
        Float64: abs|neg f64 : =T, T
        Float64: min|max|copysign f64 : =T, T, T
        Float16: add|sub|mul rn? ftz? sat? f16|f16x2 : =T, T, T
        Float16: fma rn ftz? sat? f16|f16x2 : =T, T, T, T
        Float16: abs|neg ftz? f16|f16x2 : =T, T
        Float16: fma rn ftz? relu f16|f16x2 : =T, T, T, T ; 70 80
        Float16: min|max ftz? NaN? f16|f16x2 : =T, T, T ; 70 80
        Float16: min|max ftz? NaN? xorsign abs f16|f16x2 : =T, T, T ; 72 86
        Float16: add|sub|mul rn? bf16|bf16x2 : =T, T, T ; 78 90
        Float16: fma rn relu? bf16|bf16x2 : =T, T, T, T ; 70 80
        Float16: abs|neg bf16|bf16x2 : =T, T ; 70 80
        Float16: min|max NaN? bf16|bf16x2 : =T, T, T ; 70 80
        Float16: min|max NaN? xorsign abs bf16|bf16x2 : =T, T, T ; 72 86
        Compare: testp finite|infinite|number|notanumber|normal|subnormal f32|f64 : =pred, T

        Integer: add|sub u16|s16|u32|u64|s64 : =T, T, T
        Integer: add|sub sat? s32 : =T, T, T
        Integer: add|sub cc u32|s32|u64|s64 : =T, T, T
        Integer: addc|subc cc? u32|s32|u64|s64 : =T, T, T
        Integer: add u16x2|s16x2 : =T, T, T ; 80 90
        Integer: mul lo|hi u16|s16|u32|s32|u64|s64 : =T, T, T
        Integer: mul wide u16|s16|u32|s32 : =W, T, T
        Integer: mad lo|hi u16|s16|u32|s32|u64|s64 : =T, T, T, T
        Integer: mad wide u16|s16|u32|s32 : =W, T, T, W
        Integer: mad hi sat s32 : =T, T, T, T
        Integer: mad lo|hi cc u32|s32|u64|s64 : =T, T, T, T
        Integer: madc lo|hi cc? u32|s32|u64|s64 : =T, T, T, T
        Integer: mul24 lo|hi u32|s32 : =T, T, T
        Integer: mad24 lo|hi u32|s32 : =T, T, T, T
        Integer: mad24 hi sat s32 : =T, T, T, T
        Integer: sad u16|s16|u32|s32|u64|s64 : =T, T, T, T
        Integer: dp4a u32|s32 u32|s32 : =b32, b32, b32, b32 ; 50 61
        Integer: dp2a lo|hi u32|s32 u32|s32 : =b32, b32, b32, b32 ; 50 61
        Integer: div|rem u16|s16|u32|s32|u64|s64 : =T, T, T
        Integer: abs|neg s16|s32|s64 : =T, T
        Integer: min|max u16|s16|u32|s32|u64|s64 : =T, T, T
        Integer: min|max u16x2|s16x2 : =T, T, T ; 80 90
        Integer: min|max relu s16x2|s32 : =T, T, T ; 80 90
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
        Logic: lop3 and|or b32 : =T|P, T, T, T, I, P ; 82 70
        Logic: bmsk clamp|wrap b32 : =T, u32, u32 ; 76 70
        Logic: szext clamp|wrap u32|s32 : =T, T, u32 ; 76 70
        Logic: fns b32 : =T, T, b32, s32 ; 60 30
        Logic: prmt b32 f4e|b4e|rc8|ecl|ecr|rc16? : =T, T, T, b32
        Compare: setp eq|ne b16|b32|b64 : =P, T, T
        Compare: setp eq|ne and|or|xor b16|b32|b64 : =P, T, T, P
        Compare: setp eq|ne|lt|le|gt|ge|lo|ls|hi|hs u16|u32|u64 : =P, T, T
        Compare: setp eq|ne|lt|le|gt|ge|lo|ls|hi|hs and|or|xor u16|u32|u64 : =P, T, T, P
        Compare: setp eq|ne|lt|le|gt|ge s16|s32|s64 : =P, T, T
        Compare: setp eq|ne|lt|le|gt|ge and|or|xor s16|s32|s64 : =P, T, T, P
        Compare: setp <floatComparison> ftz? f16|f32 : =P, T, T
        Compare: setp <floatComparison> and|or|xor ftz? f16|f32 : =P, T, T, P
        Compare: setp <floatComparison> f64 : =P, T, T
        Compare: setp <floatComparison> and|or|xor f64 : =P, T, T, P
        Compare: setp <floatComparison> ftz? f16x2 : =P, T, T ; 42 53
        Compare: setp <floatComparison> and|or|xor ftz? f16x2 : =P, T, T, P ; 42 53
        Compare: setp <floatComparison> bf16|bf16x2 : =P, T, T ; 78 90
        Compare: setp <floatComparison> and|or|xor bf16|bf16x2 : =P, T, T, P ; 78 90
        Compare: set eq|ne u32|s32|f32 b16|b32|b64 : =T, U, U
        Compare: set eq|ne and|or|xor u32|s32|f32 b16|b32|b64 : =T, U, U, P
        Compare: set eq|ne f16 b16|b32|b64 : =T, U, U ; 42 53
        Compare: set eq|ne and|or|xor f16 b16|b32|b64 : =T, U, U, P ; 42 53
        Compare: set eq|ne bf16 b16|b32|b64 : =T, U, U ; 78 90
        Compare: set eq|ne and|or|xor bf16 b16|b32|b64 : =T, U, U, P ; 78 90
        Compare: set eq|ne|lt|le|gt|ge|lo|ls|hi|hs u32|s32|f32 u16|u32|u64 : =T, U, U
        Compare: set eq|ne|lt|le|gt|ge|lo|ls|hi|hs and|or|xor u32|s32|f32 u16|u32|u64 : =T, U, U, P
        Compare: set eq|ne|lt|le|gt|ge|lo|ls|hi|hs f16 u16|u32|u64 : =T, U, U ; 42 53
        Compare: set eq|ne|lt|le|gt|ge|lo|ls|hi|hs and|or|xor f16 u16|u32|u64 : =T, U, U, P ; 42 53
        Compare: set eq|ne|lt|le|gt|ge|lo|ls|hi|hs bf16 u16|u32|u64 : =T, U, U ; 78 90
        Compare: set eq|ne|lt|le|gt|ge|lo|ls|hi|hs and|or|xor bf16 u16|u32|u64 : =T, U, U, P ; 78 90
        Compare: set eq|ne|lt|le|gt|ge u32|s32|f32 s16|s32|s64 : =T, U, U
        Compare: set eq|ne|lt|le|gt|ge and|or|xor u32|s32|f32 s16|s32|s64 : =T, U, U, P
        Compare: set eq|ne|lt|le|gt|ge f16 s16|s32|s64 : =T, U, U ; 42 53
        Compare: set eq|ne|lt|le|gt|ge and|or|xor f16 s16|s32|s64 : =T, U, U, P ; 42 53
        Compare: set eq|ne|lt|le|gt|ge bf16 s16|s32|s64 : =T, U, U ; 78 90
        Compare: set eq|ne|lt|le|gt|ge and|or|xor bf16 s16|s32|s64 : =T, U, U, P ; 78 90
        Compare: set <floatComparison> ftz? u32|s32|f32 f32 : =T, U, U
        Compare: set <floatComparison> and|or|xor ftz? u32|s32|f32 f32 : =T, U, U, P
        Compare: set <floatComparison> ftz? f16 f32 : =T, U, U ; 42 53
        Compare: set <floatComparison> and|or|xor ftz? f16 f32 : =T, U, U, P ; 42 53
        Compare: set <floatComparison> bf16 f32 : =T, U, U ; 78 90
        Compare: set <floatComparison> and|or|xor bf16 f32 : =T, U, U, P ; 78 90
        Compare: set <floatComparison> u32|s32|f32 f64 : =T, U, U
        Compare: set <floatComparison> and|or|xor u32|s32|f32 f64 : =T, U, U, P
        Compare: set <floatComparison> f16 f64 : =T, U, U ; 42 53
        Compare: set <floatComparison> and|or|xor f16 f64 : =T, U, U, P ; 42 53
        Compare: set <floatComparison> bf16 f64 : =T, U, U ; 78 90
        Compare: set <floatComparison> and|or|xor bf16 f64 : =T, U, U, P ; 78 90
        Compare: set <floatComparison> ftz? f16|u16|s16|u32|s32 f16 : =T, U, U ; 42 53
        Compare: set <floatComparison> and|or|xor ftz? f16|u16|s16|u32|s32 f16 : =T, U, U, P ; 42 53
        Compare: set <floatComparison> bf16|u16|s16|u32|s32 bf16 : =T, U, U ; 78 90
        Compare: set <floatComparison> and|or|xor bf16|u16|s16|u32|s32 bf16 : =T, U, U, P ; 78 90
        Compare: set <floatComparison> ftz? f16x2|u32|s32 f16x2 : =T, U, U ; 42 53
        Compare: set <floatComparison> and|or|xor ftz? f16x2|u32|s32 f16x2 : =T, U, U, P ; 42 53
        Compare: set <floatComparison> bf16x2|u32|s32 bf16x2 : =T, U, U ; 78 90
        Compare: set <floatComparison> and|or|xor bf16x2|u32|s32 bf16x2 : =T, U, U, P ; 78 90
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
        Convert: cvt rn|rz (relu? satfinite?) f16|bf16 f32 : =T, U ; 70 80
        Convert: cvt rn|rz (relu? satfinite?) f16x2|bf16x2 f32 : =T, U, U ; 70 80
        Convert: cvt ftz? f32 bf16 : =T, U ; 71 80
        Convert: cvt rm|rp sat? bf16 f32 : =T, U ; 78 90
        Convert: cvt rn|rz sat bf16 f32 : =T, U ; 78 90
        Convert: cvt rn|rz|rm|rp sat? bf16 f16|f64|u8|u16|u32|u64|s8|s16|s32|s64 : =T, U~ ; 78 90
        Convert: cvt rn|rz|rm|rp sat? f16 bf16 : =T, U ; 78 90
        Convert: cvt sat f32 bf16 : =T, U ; 78 90
        Convert: cvt sat? f64 bf16 : =T, U ; 78 90
        Convert: cvt rni|rzi|rmi|rpi sat? u8|u16|u32|u64|s8|s16|s32|s64 bf16 : =T~, U ; 78 90
        Convert: cvt rni|rzi|rmi|rpi? sat? bf16 bf16 : =T, U ; 78 90
        Convert: cvt rna satfinite? tf32 f32 : =T, U ; 70 80
        Convert: cvt rn|rz (relu? satfinite?) tf32 f32 : =T, U ; 78 90
        Convert: cvt rn (satfinite relu?) e4m3x2|e5m2x2 f32 : =T, U, U ; 78 89
        Convert: cvt rn (satfinite relu?) e4m3x2|e5m2x2 f16x2 : =T, U ; 78 89
        Convert: cvt rn relu? f16x2 e4m3x2|e5m2x2 : =T, U ; 78 89
        Convert: cvt pack sat u16|s16 s32 : =b32, s32, s32 ; 65 72
        Convert: cvt pack sat u8|s8 s32 b32 : =b32, s32, s32, b32 ; 65 72
        Convert: cvt pack sat u2|s2|u4|s4 s32 b32 : =b32, s32, s32, b32 ; 65 75

        GenericMemory: ld weak? <readable>? <loadCache>^ <hints> v2|v4? <any> : =V, M, b64@L2::cache_hint
        GenericMemory: ld weak? global <hints> v8|v4 b32|u32|s32|f32|b64|u64|s64|f64 : =V32, M, b64@L2::cache_hint ; 88 100
        GenericMemory: ld volatile global|shared|shared::cta|local? <prefetch> v2|v4? <any> : =V, M
        GenericMemory: ld (relaxed|acquire <scope> global|shared|shared::cta?) <hints> v2|v4? <any> : =V, M, b64@L2::cache_hint ; 60 70
        GenericMemory: ld global ca|cg|cs^ nc <hints> v2|v4? <any> : =V, M, b64@L2::cache_hint
        GenericMemory: ld global nc <hints> v8|v4 b32|u32|s32|f32|b64|u64|s64|f64 : =V32, M, b64@L2::cache_hint ; 88 100
        GenericMemory: ldu global? v2|v4? <any> : =V, M
        GenericMemory: st weak? global|shared|shared::cta|local? <storeCache>^ <evict> v2|v4? <any> : M, V, b64@L2::cache_hint
        GenericMemory: st param|param::func v2|v4? <any> : M, V
        GenericMemory: st weak? global <evict> v8|v4 b32|u32|s32|f32|b64|u64|s64|f64 : M, V32, b64@L2::cache_hint ; 88 100
        GenericMemory: st volatile global|shared|shared::cta|local? v2|v4? <any> : M, V
        GenericMemory: st (relaxed|release <scope> global|shared|shared::cta?) <evict> v2|v4? <any> : M, V, b64@L2::cache_hint ; 60 70
        GenericMemory: ldmatrix sync aligned m8n8 x1|x2|x4 trans? shared|shared::cta? b16 : =FM, M ; 65 75
        GenericMemory: stmatrix sync aligned m8n8 x1|x2|x4 trans? shared|shared::cta? b16 : M, FM ; 78 90
        GenericMemory: cp async ca shared|shared::cta global <hint> <prefetch> : M:shared, M:global, I:4/8/16, b64@L2::cache_hint ; 70 80
        GenericMemory: cp async ca shared|shared::cta global <hint> <prefetch> : M:shared, M:global, I:4/8/16, u32, b64@L2::cache_hint ; 70 80
        GenericMemory: cp async ca shared|shared::cta global <hint> <prefetch> : M:shared, M:global, I:4/8/16, P, b64@L2::cache_hint ; 70 80
        GenericMemory: cp async cg shared|shared::cta global <hint> <prefetch> : M:shared, M:global, I:16, b64@L2::cache_hint ; 70 80
        GenericMemory: cp async cg shared|shared::cta global <hint> <prefetch> : M:shared, M:global, I:16, u32, b64@L2::cache_hint ; 70 80
        GenericMemory: cp async cg shared|shared::cta global <hint> <prefetch> : M:shared, M:global, I:16, P, b64@L2::cache_hint ; 70 80
        GenericMemory: cp async commit_group|wait_all : ; 70 80
        GenericMemory: cp async wait_group : I ; 70 80
        Control: prefetch global|local? L1|L2 : M
        Control: prefetch global L2::evict_last|L2::evict_normal : M ; 74 80
        Control: prefetchu L1 : M
        Control: applypriority global? L2::evict_normal : M, I ; 74 80
        Control: discard global? L2 : M, I ; 74 80
        Move: createpolicy fractional <primary> <secondary>? b64 : =T, f32? ; 74 80
        Move: createpolicy range global? <primary> <secondary>? b64 : =T, M, u32, u32 ; 74 80
        Move: createpolicy cvt L2 b64 : =T, T ; 74 80
        Atomic: atom <order> and|or|xor|exch <hint> b32|b64 : =T_, M, T, b64@L2::cache_hint
        Atomic: atom <order> cas <hint> b32|b64 : =T_, M, T, T, b64@L2::cache_hint
        Atomic: atom <order> cas <hint> b16 : =T_, M, T, T, b64@L2::cache_hint ; 63 70
        Atomic: atom <order> add <hint> u32|s32|u64|f32|f64 : =T_, M, T, b64@L2::cache_hint
        Atomic: atom <order> add noftz <hint> f16x2 : =T_, M, T, b64@L2::cache_hint ; 62 60
        Atomic: atom <order> add noftz <hint> f16 : =T_, M, T, b64@L2::cache_hint ; 63 70
        Atomic: atom <order> add noftz <hint> bf16|bf16x2 : =T_, M, T, b64@L2::cache_hint ; 78 90
        Atomic: atom <order> min|max noftz <hint> f16|f16x2|bf16|bf16x2 : =T_, M, T, b64@L2::cache_hint ; 81 90
        Atomic: atom <order> min|max <hint> u32|s32|u64|s64 : =T_, M, T, b64@L2::cache_hint
        Atomic: atom <order> inc|dec <hint> u32 : =T_, M, T, b64@L2::cache_hint
        Atomic: atom <order> (add <hint> v2|v4 f32) : =V, M, V, b64@L2::cache_hint ; 81 90
        Atomic: atom <order> (add|min|max noftz <hint> v2|v4|v8 f16|bf16) : =V, M, V, b64@L2::cache_hint ; 81 90
        Atomic: atom <order> (add|min|max noftz <hint> v2|v4 f16x2|bf16x2) : =V, M, V, b64@L2::cache_hint ; 81 90
        Atomic: mbarrier init|inval shared|shared::cta? b64 : M, u32@init ; 70 80
        Atomic: mbarrier arrive|arrive_drop (release|relaxed? cta|cluster?) shared|shared::cta? b64 : =b64_, M, u32? ; 70 80
        Atomic: mbarrier arrive|arrive_drop noComplete (release? cta?) shared|shared::cta? b64 : =b64_, M, u32 ; 70 80
        Atomic: mbarrier test_wait (acquire|relaxed? cta|cluster?) shared|shared::cta? b64 : =pred, M, b64 ; 70 80
        Atomic: mbarrier test_wait parity (acquire|relaxed? cta|cluster?) shared|shared::cta? b64 : =pred, M, u32 ; 71 80
        Atomic: mbarrier try_wait (acquire|relaxed? cta|cluster?) shared|shared::cta? b64 : =pred, M, b64, u32? ; 78 90
        Atomic: mbarrier try_wait parity (acquire|relaxed? cta|cluster?) shared|shared::cta? b64 : =pred, M, u32, u32? ; 78 90
        Atomic: mbarrier pending_count b64 : =u32, b64 ; 70 80
        Atomic: cp async mbarrier arrive noinc? shared|shared::cta? b64 : M ; 70 80
        Atomic: red <order> and|or|xor <hint> b32|b64 : M, T, b64@L2::cache_hint
        Atomic: red <order> add <hint> u32|s32|u64|f32|f64 : M, T, b64@L2::cache_hint
        Atomic: red <order> add noftz <hint> f16x2 : M, T, b64@L2::cache_hint ; 62 60
        Atomic: red <order> add noftz <hint> f16 : M, T, b64@L2::cache_hint ; 63 70
        Atomic: red <order> add noftz <hint> bf16|bf16x2 : M, T, b64@L2::cache_hint ; 78 90
        Atomic: red <order> min|max noftz <hint> f16|f16x2|bf16|bf16x2 : M, T, b64@L2::cache_hint ; 81 90
        Atomic: red <order> min|max <hint> u32|s32|u64|s64 : M, T, b64@L2::cache_hint
        Atomic: red <order> inc|dec <hint> u32 : M, T, b64@L2::cache_hint
        Atomic: red <order> (add <hint> v2|v4 f32) : M, V, b64@L2::cache_hint ; 81 90
        Atomic: red <order> (add|min|max noftz <hint> v2|v4|v8 f16|bf16) : M, V, b64@L2::cache_hint ; 81 90
        Atomic: red <order> (add|min|max noftz <hint> v2|v4 f16x2|bf16x2) : M, V, b64@L2::cache_hint ; 81 90

        Matrix: movmatrix sync aligned m8n8 trans b16 : =b32, b32 ; 78 75
        Matrix: mma sync aligned m8n8k4 row|col row|col f16|f32 f16 f16 f16 : =FD, FA, FB, FC ; 64 70
        Matrix: mma sync aligned m8n8k4 row|col row|col f32 f16 f16 f32 : =FD, FA, FB, FC ; 64 70
        Matrix: mma sync aligned m16n8k8 row col f16 f16 f16 f16 : =FD, FA, FB, FC ; 65 75
        Matrix: mma sync aligned m16n8k8 row col f32 f16 f16 f32 : =FD, FA, FB, FC ; 65 75
        Matrix: mma sync aligned m16n8k16 row col f16 f16 f16 f16 : =FD, FA, FB, FC ; 70 80
        Matrix: mma sync aligned m16n8k16 row col f32 f16 f16 f32 : =FD, FA, FB, FC ; 70 80
        Matrix: mma sync aligned m16n8k8|m16n8k16 row col f32 bf16 bf16 f32 : =FD, FA, FB, FC ; 70 80
        Matrix: mma sync aligned m16n8k4|m16n8k8 row col f32 tf32 tf32 f32 : =FD, FA, FB, FC ; 70 80
        Matrix: mma sync aligned m16n8k16|m16n8k32 row col f32 e4m3|e5m2 e4m3|e5m2 f32 : =FD, FA, FB, FC ; 84 89
        Matrix: mma sync aligned m16n8k16|m16n8k32 row col f16 e4m3|e5m2 e4m3|e5m2 f16 : =FD, FA, FB, FC ; 87 89
        Matrix: mma sync aligned m16n8k32 row col kind::f8f6f4 f32 e4m3|e5m2 e4m3|e5m2 f32 : =FD, FA, FB, FC ; 87 120
        Matrix: mma sync aligned m8n8k4 row col rn? f64 f64 f64 f64 : =FD, FA, FB, FC ; 70 80
        Matrix: mma sync aligned m16n8k4|m16n8k8|m16n8k16 row col rn? f64 f64 f64 f64 : =FD, FA, FB, FC ; 78 90
        Matrix: mma sync aligned m8n8k16 row col satfinite? s32 u8|s8 u8|s8 s32 : =FD, FA, FB, FC ; 65 75
        Matrix: mma sync aligned m16n8k16|m16n8k32 row col satfinite? s32 u8|s8 u8|s8 s32 : =FD, FA, FB, FC ; 70 80
        Matrix: mma sync aligned m8n8k32 row col satfinite? s32 u4|s4 u4|s4 s32 : =FD, FA, FB, FC ; 65 75
        Matrix: mma sync aligned m16n8k32|m16n8k64 row col satfinite? s32 u4|s4 u4|s4 s32 : =FD, FA, FB, FC ; 70 80
        Matrix: mma sync aligned m8n8k128 row col s32 b1 b1 s32 xor popc : =FD, FA, FB, FC ; 70 75
        Matrix: mma sync aligned m16n8k128|m16n8k256 row col s32 b1 b1 s32 xor popc : =FD, FA, FB, FC ; 70 80
        Matrix: mma sync aligned m8n8k128|m16n8k128|m16n8k256 row col s32 b1 b1 s32 and popc : =FD, FA, FB, FC ; 71 80

        Warp: shfl sync up|down|bfly|idx b32 : =T|P, T, b32, b32, b32
        Warp: shfl up|down|bfly|idx b32 : =T|P, T, b32, b32 ; 30 30 64 70
        Warp: vote sync all|any|uni pred : =T, P, b32
        Warp: vote sync ballot b32 : =T, P, b32
        Warp: vote all|any|uni pred : =T, P ; 0 0 64 70
        Warp: vote ballot b32 : =T, P ; 0 0 64 70
        Warp: elect sync : =b32|P, b32 ; 80 90
        Warp: match any sync b32|b64 : =u32, T, b32
        Warp: match all sync b32|b64 : =u32|P, T, b32
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
        Barrier: barrier cta? red popc aligned? u32 : =T, u32, P ; 60 70
        Barrier: barrier cta? red popc aligned? u32 : =T, u32, u32, P ; 60 70
        Barrier: barrier cta? red and|or aligned? pred : =T, u32, P ; 60 70
        Barrier: barrier cta? red and|or aligned? pred : =T, u32, u32, P ; 60 70
        Barrier: membar cta|gl|sys :
        Barrier: membar proxy alias : ; 75 70
        Barrier: fence sc|acq_rel|acquire|release? <scope> : ; 60 70
        Barrier: fence proxy alias : ; 75 70
        Barrier: fence proxy async|async::generic : ; 80 90
        Barrier: fence proxy async global|shared::cta|shared::cluster : ; 80 90
        Control: bra uni? : L
        Control: brx idx uni? : u32, B
        Control: call uni? : C
        Control: ret uni? :
        Control: exit|trap|brkpt :
        Control: nanosleep u32 : T ; 63 70
        Control: pmevent : I
        Control: pmevent mask : u32 ; 30 20
        Control: griddepcontrol launch_dependents|wait : ; 78 90
        Control: setmaxnreg inc|dec sync aligned u32 : u32 ; 80 90
        """;

    /// <summary>Lists of modifiers that several rows share.</summary>
    private static readonly Dictionary<string, string> Lists = new()
    {
        ["any"] = "b8|b16|b32|b64|u8|u16|u32|u64|s8|s16|s32|s64|f32|f64",
        ["floatComparison"] = "eq|ne|lt|le|gt|ge|equ|neu|ltu|leu|gtu|geu|num|nan",
        ["scope"] = "cta|cluster|gpu|sys",
        ["readable"] = "global|shared|shared::cta|local|const|param|param::entry|param::func",
        ["loadCache"] = "ca|cg|cs|lu|cv",
        ["storeCache"] = "wb|cg|cs|wt",
        ["hint"] = "L2::cache_hint^",
        ["prefetch"] = "L2::64B|L2::128B|L2::256B^",
        ["evict"] = "L1::evict_normal|L1::evict_unchanged|L1::evict_first|L1::evict_last|L1::no_allocate^ "
            + "L2::evict_normal|L2::evict_first|L2::evict_last^ <hint>",
        ["hints"] = "<evict> <prefetch>",
        ["primary"] = "L2::evict_last|L2::evict_normal|L2::evict_first|L2::evict_unchanged",
        ["secondary"] = "L2::evict_first|L2::evict_unchanged",
        ["order"] = "(relaxed|acquire|release|acq_rel? <scope>? global|shared|shared::cta?)",
    };

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
        // Lists may name lists.
        while (row.IndexOf('<') is >= 0 and var open)
        {
            int close = row.IndexOf('>', open);
            row = row[..open] + Lists[row[(open + 1)..close]] + row[(close + 1)..];
        }
        string[] limits = row.Split(';');
        string[] parts = limits[0].Split(" :", 2);
        string[] head = parts[0].Split(' ', 3);
        var group = Enum.Parse<InstructionClass>(head[0].TrimEnd(':'));
        foreach (string opcode in head[1].Split('|'))
            yield return new InstructionForm(opcode, head.Length > 2 ? head[2] : "", parts[1], group, FormLimits.Parse(limits.Length > 1 ? limits[1] : ""));
    }
}
