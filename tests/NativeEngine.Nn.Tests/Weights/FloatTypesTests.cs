using NativeEngine.Core;

namespace NativeEngine.Nn.Tests;

/// <summary>Weights as another type of float; the bits are those of PyTorch's <c>to</c>, but for NaN, of which there are many.</summary>
public sealed class FloatTypesTests
{
    private static readonly float[] Values =
        [1f, -2.5f, 0f, -0f, 1 + 1f / 512, 1 + 3f / 512, 1 + 1f / 256, 1 + 1f / 2048, 65504f, 65519f, 6e-8f, 2.9802322e-8f, 2.98024e-8f, 1e-45f, float.NaN,
            float.PositiveInfinity, float.NegativeInfinity];

    [Test]
    public void HalvesAreRoundedToTheNearestEven() => Assert.That(Bits(WeightType.F16), Is.EqualTo(new ushort[]
    {
        0x3c00, 0xc100, 0, 0x8000, 0x3c02, 0x3c06, 0x3c04, 0x3c00, 0x7bff, 0x7bff, 1, 0, 1, 0, 0xfe00, 0x7c00, 0xfc00,
    }));

    [Test]
    public void UpperHalvesAreRoundedToTheNearestEven() => Assert.That(Bits(WeightType.BF16), Is.EqualTo(new ushort[]
    {
        0x3f80, 0xc020, 0, 0x8000, 0x3f80, 0x3f81, 0x3f80, 0x3f80, 0x4780, 0x4780, 0x3381, 0x3300, 0x3300, 0, 0x7fc0, 0x7f80, 0xff80,
    }));

    [Test]
    public void WhatDoesNotFitIsNamed()
    {
        var state = new StateDict();
        state.Add("fine", HostTensor.From([1f, float.PositiveInfinity], 2));
        state.Add("large", HostTensor.From([1f, -70000f], 2));
        Assert.That(() => state.WithFloatsAs(WeightType.F16, "w.pth"),
            Throws.TypeOf<CheckpointException>().With.Message.EqualTo("w.pth: large: element 1 is -70000, beyond the largest F16"));
        var upper = state.WithFloatsAs(WeightType.BF16, "w.pth");
        Assert.That(upper["large"].ToFloats(), Is.EqualTo(new[] { 1f, -70144f }));
        var wide = new StateDict();
        wide.Add("wide", HostTensor.From([1e300], 1));
        Assert.That(() => wide.WithFloatsAs(WeightType.F32, "w"),
            Throws.TypeOf<CheckpointException>().With.Message.EqualTo("w: wide: element 0 is 1e+300, beyond the largest F32"));
        var huge = new StateDict();
        huge.Add("huge", HostTensor.From([3.4e38f], 1));
        Assert.That(() => huge.WithFloatsAs(WeightType.BF16, "w"), Throws.TypeOf<CheckpointException>());
    }

    [Test]
    public void IntegersStay()
    {
        var state = new StateDict();
        state.Add("w", HostTensor.From([0.5f], 1));
        state.Add("n", HostTensor.From([7L], []));
        var converted = state.WithFloatsAs(WeightType.F64, "w");
        Assert.That(converted.Values.Select(t => t.Type), Is.EqualTo(new[] { WeightType.F64, WeightType.I64 }));
        Assert.That(converted["w"].ToDoubles(), Is.EqualTo(new[] { 0.5 }));
    }

    private static ushort[] Bits(WeightType type) =>
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ushort>(HostTensor.From(Values, Values.Length).To(type).Bytes.Span).ToArray();
}
