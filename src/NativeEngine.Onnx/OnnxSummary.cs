namespace NativeEngine.Onnx;

/// <summary>What was written.</summary>
/// <param name="Opset">Version of the operator set.</param>
/// <param name="Nodes">Number of operators.</param>
/// <param name="Values">Number of weights.</param>
/// <param name="Bytes">Size of the file.</param>
/// <param name="Input">Name and shape of the input: <c>images [batch,3,224,224] float32</c>.</param>
/// <param name="Output">Name and shape of the output: <c>logits [batch,1000] float32</c>.</param>
/// <param name="Folded">Batch norms that were multiplied into the layer before them.</param>
/// <param name="BatchNorms">Batch norms that are left.</param>
public sealed record OnnxSummary(int Opset, int Nodes, long Values, long Bytes, string Input, string Output, int Folded, int BatchNorms);
