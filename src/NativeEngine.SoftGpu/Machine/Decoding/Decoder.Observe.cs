namespace NativeEngine.SoftGpu;

/// <content>Weaves observers around the operations of an instruction.</content>
internal sealed unsafe partial class Decoder
{
    private HashSet<int> _maybeUndefined = [];

    private void Observe(PtxInstruction instruction, List<Op> ops)
    {
        _ = instruction;
        _ = _maybeUndefined;
        _ops.AddRange(ops);
    }
}
