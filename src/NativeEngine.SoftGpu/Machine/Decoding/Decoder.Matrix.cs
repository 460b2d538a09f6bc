namespace NativeEngine.SoftGpu;

/// <content>Warp matrices and asynchronous copies.</content>
internal sealed unsafe partial class Decoder
{
    private readonly List<MatrixProduct> _matrices = [];

    private bool DecodeMatrix(PtxInstruction instruction)
    {
        var op = NewOp();
        if (instruction.Opcode == "movmatrix")
        {
            op.D = SlotOf(instruction.Operands[0], 4);
            op.A = SlotOf(instruction.Operands[1], 4);
            Emit(instruction, op, &WarpMatrices.Transpose);
            return true;
        }
        op.N = _matrices.Count;
        _matrices.Add(new MatrixProduct(instruction, [.. instruction.Operands.Select(FragmentSlots)]));
        Emit(instruction, op, &MatrixProduct.Run);
        return true;
    }

    /// <summary>The slots of a fragment's registers; a single one may stand without braces.</summary>
    private int[] FragmentSlots(PtxOperand operand) =>
        operand is VectorOperand vector ? [.. vector.Elements.Select(element => SlotOf(element, SizeOf(element)))] : [SlotOf(operand, SizeOf(operand))];

    private static int SizeOf(PtxOperand? operand) => operand is RegisterOperand register ? register.Register.Type.Size() : 4;

    private bool DecodeMatrixMove(PtxInstruction instruction)
    {
        bool load = instruction.Opcode == "ldmatrix";
        var space = PtxParser.SpaceOf(instruction.Modifiers);
        var op = AddressedOp(instruction, (AddressOperand)instruction.Operands[load ? 1 : 0]);
        int[] slots = [.. FragmentSlots(instruction.Operands[load ? 0 : 1]), -1, -1, -1];
        (op.D, op.D1, op.D2, op.D3) = (slots[0], slots[1], slots[2], slots[3]);
        op.N = slots.Length - 3;
        op.B = instruction.Has("trans") ? 1 : 0;
        op.C = space == PtxSpace.Generic ? 1 : 0;
        op.GenericTable = AddAccess(load ? AccessKind.Read : AccessKind.Write, space, 16);
        Emit(instruction, op, load ? &WarpMatrices.Load : &WarpMatrices.Store);
        return true;
    }

    private int AddAccess(AccessKind kind, PtxSpace space, int bytes)
    {
        _accesses.Add(AccessInfo.Plain(kind, space, bytes));
        return _accesses.Count - 1;
    }

    private bool DecodeAsyncCopy(PtxInstruction instruction)
    {
        if (instruction.Operands.Count < 3)
        {
            var control = NewOp();
            control.N = instruction.Has("wait_all") ? -1 : instruction.Operands is [ImmediateOperand left] ? (int)Math.Min(left.Bits, int.MaxValue) : 0;
            Emit(instruction, control, instruction.Has("commit_group") ? &AsyncCopies.Commit : &AsyncCopies.Wait);
            return true;
        }
        var source = AddressedOp(instruction, (AddressOperand)instruction.Operands[1]);
        var op = AddressedOp(instruction, (AddressOperand)instruction.Operands[0]);
        op.B = source.A;
        op.D3 = (int)source.Immediate;
        op.N = (int)((ImmediateOperand)instruction.Operands[2]).Bits;
        var pattern = instruction.Operands.Count > 3 ? instruction.Form.OperandsFor(instruction.Modifiers)[3] : null;
        if (pattern?.Kind == OperandKind.Predicate)
        {
            op.D = SlotOf(instruction.Operands[3], 0);
            op.D2 = instruction.Operands[3] is RegisterOperand { Negated: true } ? -1 : 0;
        }
        else if (pattern is { Condition: null })
        {
            op.C = SlotOf(instruction.Operands[3], 4);
        }
        op.D1 = AddAccess(AccessKind.Read, PtxSpace.Global, op.N);
        op.GenericTable = AddAccess(AccessKind.Write, PtxSpace.Shared, op.N);
        Emit(instruction, op, &AsyncCopies.Start);
        return true;
    }
}
