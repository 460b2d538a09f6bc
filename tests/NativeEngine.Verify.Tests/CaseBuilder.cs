using NativeEngine.Nn;

namespace NativeEngine.Verify.Tests;

/// <summary>Makes case files in memory, right or wrong on purpose.</summary>
internal sealed class CaseBuilder(string kind, string name)
{
    private readonly StateDict _tensors = new();
    private readonly Dictionary<string, string> _metadata = new() { ["format"] = ReferenceCase.Format, ["kind"] = kind, ["name"] = name };

    public CaseBuilder Floats(string name, int[] shape, params double[] values)
    {
        _tensors.Add(name, HostTensor.From(values.AsSpan(), shape));
        return this;
    }

    public CaseBuilder Ids(string name, params long[] values)
    {
        _tensors.Add(name, HostTensor.From(values.AsSpan(), values.Length));
        return this;
    }

    public CaseBuilder Meta(string key, string value)
    {
        _metadata[key] = value;
        return this;
    }

    public CaseBuilder Without(string key)
    {
        _metadata.Remove(key);
        return this;
    }

    public byte[] Bytes()
    {
        using var stream = new MemoryStream();
        Safetensors.Write(stream, _tensors, _metadata);
        return stream.ToArray();
    }

    public ReferenceCase Parse() => ReferenceCase.Parse(Bytes(), "folder/made.safetensors");
}
