namespace NativeEngine.SoftGpu.Lab;

/// <summary>Kernels made from the opcode table: every variant of every form with fitting operands.</summary>
public static class EveryForm
{
    private const string Newest = ".version 9.0\n.target sm_120a\n.address_size 64\n";
    private const string Older = ".version 6.3\n.target sm_61\n.address_size 64\n";

    /// <summary>What stands behind the header: a function, and the start of a kernel with what the operands name.</summary>
    public const string Head = """
        .visible .func (.param .b32 result) helper(.param .b32 value) { .reg .b32 %v; ld.param.b32 %v, [value]; add.s32 %v, %v, 1; st.param.b32 [result], %v; ret; }
        .visible .entry k(.param .u64 p0)
        {
        .reg .pred %p<8>;
        .reg .b16 %rs<12>;
        .reg .b32 %r<12>;
        .reg .b64 %rd<12>;
        .reg .f32 %f<12>;
        .reg .f64 %fd<12>;
        .shared .align 16 .b8 sh[1024];
        .param .align 16 .b8 q0[16];
        .param .b32 q1;
        TABLE: .branchtargets END;
        ld.param.u64 %rd1, [p0];

        """;

    /// <summary>The head of a module that may use a form.</summary>
    internal static string HeaderFor(InstructionForm form) => form.Limits.RemovedVersion > 0 ? Older : Newest;

    /// <summary>The text of one instruction for a variant of a form, with a register for each operand.</summary>
    internal static string Instruction(InstructionForm form, IReadOnlyList<string> modifiers)
    {
        form.Match(modifiers, out var type, out var second);
        var operands = form.OperandsFor(modifiers).Where(pattern => !pattern.Optional)
            .Select((pattern, i) => Operand(pattern, pattern.TypeFor(type, second), modifiers, i));
        string name = modifiers.Count == 0 ? form.Opcode : form.Opcode + "." + string.Join('.', modifiers);
        return $"{name} {string.Join(", ", operands)};";
    }

    private static string Operand(OperandPattern pattern, PtxType type, IReadOnlyList<string> modifiers, int index)
    {
        switch (pattern.Kind)
        {
            case OperandKind.Label: return "END";
            case OperandKind.BranchTable: return "TABLE";
            case OperandKind.Call: return "(%r7), helper, (q1)";
            case OperandKind.Memory when pattern.Space is { } space: return space == PtxSpace.Shared ? "[sh]" : "[%rd1]";
            case OperandKind.Memory: return PtxParser.SpaceOf(modifiers) switch { PtxSpace.Shared => "[sh]", PtxSpace.Param => "[q0]", _ => "[%rd1]" };
            case OperandKind.Constant: return pattern.Allowed.Length > 0 ? pattern.Allowed[^1].ToString() : "150";
            case OperandKind.Fragment:
                var (registers, held) = MatrixShape.RegistersOf(pattern.Matrix, modifiers);
                return "{" + string.Join(", ", Enumerable.Range(2, registers).Select(i => Register(held, i))) + "}";
            case OperandKind.Vector:
                int count = PtxParser.VectorCount(modifiers);
                return count == 1 ? Register(type, 2) : "{" + string.Join(", ", Enumerable.Range(2, count).Select(i => Register(type, i))) + "}";
            default:
                return pattern.Typing == OperandTyping.Fixed && type == PtxType.U32 && !pattern.IsDestination ? "3"
                : Register(type, pattern.IsDestination ? 7 : 2 + index);
        }
    }

    /// <summary>The name of a register of a type: the prefix says its width and kind.</summary>
    internal static string Register(PtxType type, int number) => type switch
    {
        PtxType.Pred => "%p",
        PtxType.F32 => "%f",
        PtxType.F64 => "%fd",
        _ => type.Size() == 8 ? "%rd" : type.Size() == 4 ? "%r" : "%rs",
    } + number;

    /// <summary>True when a vector access of this variant is wider than its form allows.</summary>
    internal static bool IsTooWide(InstructionForm form, IReadOnlyList<string> modifiers)
    {
        form.Match(modifiers, out var type, out _);
        return form.Operands.Any(pattern => pattern.Kind == OperandKind.Vector && PtxParser.VectorCount(modifiers) * type.Size() > pattern.MaximumBytes);
    }

    /// <summary>Kernels of about twenty variants each.</summary>
    public static IEnumerable<string> Kernels()
    {
        var random = new Random(5);
        var lines = new List<(string Header, string Line)>();
        foreach (var form in OpcodeTable.All)
        {
            var variants = form.Variants().Where(variant => !IsTooWide(form, variant)).ToArray();
            // A few of each form keep the corpus small; the tests go through all.
            foreach (var variant in variants.OrderBy(_ => random.Next()).Take(2))
                lines.Add((HeaderFor(form), Instruction(form, variant)));
        }
        foreach (var kernel in lines.GroupBy(line => line.Header).SelectMany(group => group.Chunk(20)))
            yield return kernel[0].Header + Head + string.Concat(kernel.Select(line => line.Line + "\n")) + "END:\nret;\n}\n";
    }
}
