using System.Globalization;

namespace NativeEngine.SoftGpu;

/// <summary>Register values of one lane as text.</summary>
internal static unsafe class TraceText
{
    public static TraceStep Describe(Program program, int index, byte* registers, int lane)
    {
        var instruction = program.Instructions[index];
        int[] slots = program.BodyOf(index).Slots;
        program.Module.SourceFiles.TryGetValue(instruction.SourceFile, out string? file);
        bool skipped = false;
        if (instruction.Guard is { } guard)
            skipped = ((*(uint*)(registers + slots[guard.Register.Index]) >> lane & 1) != 0) == guard.Negated;
        var named = RegisterFlow.Writes(instruction).Concat(RegisterFlow.Reads(instruction)).Distinct();
        string values = string.Join(" ", named.Select(register => $"{register.Name}={Value(register.Type, registers + slots[register.Index], lane)}"));
        return new TraceStep(instruction, file ?? "", values, skipped);
    }

    /// <summary>A lane of a register, written by its type.</summary>
    public static string Value(PtxType type, byte* slot, int lane)
    {
        uint word = type.Size() == 8 ? 0 : ((uint*)slot)[lane];
        return type switch
        {
            PtxType.Pred => (*(uint*)slot >> lane & 1) != 0 ? "true" : "false",
            PtxType.F32 => BitConverter.UInt32BitsToSingle(word).ToString("R", CultureInfo.InvariantCulture),
            PtxType.F64 => ((double*)slot)[lane].ToString("R", CultureInfo.InvariantCulture),
            PtxType.F16 => BitConverter.UInt16BitsToHalf((ushort)word).ToString(CultureInfo.InvariantCulture),
            _ when type.Size() == 8 => Integer(((long*)slot)[lane]),
            _ when type.Size() == 2 => word.ToString(CultureInfo.InvariantCulture),
            _ => Integer((int)word),
        };
    }

    /// <summary>Small numbers in decimal, others (addresses, masks) in hexadecimal.</summary>
    private static string Integer(long value) => value is > -1_000_000 and < 1_000_000_000 ? value.ToString(CultureInfo.InvariantCulture)
        : "0x" + value.ToString("x", CultureInfo.InvariantCulture);
}
