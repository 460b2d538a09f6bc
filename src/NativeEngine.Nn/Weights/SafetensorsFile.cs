namespace NativeEngine.Nn;

/// <summary>The contents of a safetensors file.</summary>
/// <param name="Tensors">Tensors in the order of the header.</param>
/// <param name="Metadata">Free text by key.</param>
public sealed record SafetensorsFile(StateDict Tensors, IReadOnlyDictionary<string, string> Metadata);
