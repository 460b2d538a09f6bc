using System.Text;

namespace NativeEngine.SoftGpu.Lab;

/// <summary>Kernels made from the opcode table: every variant of every form with fitting operands.</summary>
public static class EveryForm
{
    private const string Head = """
        .version 7.0
        .target sm_80
        .address_size 64
        .visible .entry k(.param .u64 p0)
        {
        .reg .pred %p<8>;
        .reg .b16 %rs<8>;
        .reg .b32 %r<8>;
        .reg .b64 %rd<8>;
        .reg .f32 %f<8>;
        .reg .f64 %fd<8>;
        .shared .align 16 .b8 sh[1024];
        ld.param.u64 %rd1, [p0];

        """;

    /// <summary>The text of one instruction for a variant of a form, with a register for each operand.</summary>
    internal static string Instruction(InstructionForm form, IReadOnlyList<string> modifiers)
    {
        form.Match(modifiers, out var type, out var second);
        var operands = form.Operands.Where(pattern => !pattern.Optional).Select((pattern, i) => Operand(pattern, pattern.TypeFor(type, second), modifiers, i));
        string name = modifiers.Count == 0 ? form.Opcode : form.Opcode + "." + string.Join('.', modifiers);
        return $"{name} {string.Join(", ", operands)};";
    }

    private static string Operand(OperandPattern pattern, PtxType type, IReadOnlyList<string> modifiers, int index)
    {
        switch (pattern.Kind)
        {
            case OperandKind.Label: return "END";
            case OperandKind.Memory: return modifiers.Contains("shared") ? "[sh]" : modifiers.Contains("param") ? "[p0]" : "[%rd1]";
            case OperandKind.Constant: return "150";
            case OperandKind.Vector:
                int count = modifiers.Contains("v4") ? 4 : modifiers.Contains("v2") ? 2 : 1;
                return count == 1 ? Register(type, 2) : "{" + string.Join(", ", Enumerable.Range(2, count).Select(i => Register(type, i))) + "}";
            default: return pattern.Typing == OperandTyping.Fixed && type == PtxType.U32 && !pattern.IsDestination ? "3" : Register(type, pattern.IsDestination ? 7 : 2 + index);
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

    /// <summary>True when a vector access of this variant is wider than 16 bytes, which PTX has not.</summary>
    internal static bool IsTooWide(InstructionForm form, IReadOnlyList<string> modifiers)
    {
        form.Match(modifiers, out var type, out _);
        return modifiers.Contains("v4") && type.Size() == 8;
    }

    /// <summary>Kernels of about twenty variants each.</summary>
    public static IEnumerable<string> Kernels()
    {
        var random = new Random(5);
        var lines = new List<string>();
        foreach (var form in OpcodeTable.All)
        {
            var variants = form.Variants().Where(variant => !IsTooWide(form, variant)).ToArray();
            // A few of each form keep the corpus small; the tests go through all.
            foreach (var variant in variants.OrderBy(_ => random.Next()).Take(2))
                lines.Add(Instruction(form, variant));
        }
        for (int i = 0; i < lines.Count; i += 20)
        {
            var text = new StringBuilder(Head);
            foreach (string line in lines.Skip(i).Take(20))
                text.Append(line).Append('\n');
            yield return text.Append("END:\nret;\n}\n").ToString();
        }
    }
}
