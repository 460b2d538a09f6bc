using NativeEngine.Cli.KernelLaunch;
using NativeEngine.SoftGpu;

namespace NativeEngine.Cli.Tests.KernelLaunch;

/// <summary>Numbers of the PTX types, from text to bits and back.</summary>
[TestFixture]
internal sealed class ElementTextTests
{
    [TestCase(PtxType.F16)]
    [TestCase(PtxType.BF16)]
    public void Every_16_bit_float_is_read_back_from_its_text(PtxType type)
    {
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            byte[] bytes = BitConverter.GetBytes((ushort)bits);
            string text = ElementText.Format(bytes, type);
            byte[]? read = ElementText.Parse(text, type);
            if (text == "nan")
                Assert.That(ElementText.Format(read, type), Is.EqualTo("nan"), $"0x{bits:x4}");
            else
                Assert.That(read, Is.EqualTo(bytes), $"0x{bits:x4} is printed as {text}");
        }
    }

    [TestCase(PtxType.F16, 0x7BFF, "65504")]
    [TestCase(PtxType.F16, 0x6801, "2050")]
    [TestCase(PtxType.F16, 0x2E66, "0.0999755859375")]
    [TestCase(PtxType.F16, 0x8000, "-0")]
    [TestCase(PtxType.BF16, 0x3DCD, "0.10009765625")]
    [TestCase(PtxType.BF16, 0x4780, "65536")]
    [TestCase(PtxType.BF16, 0xFF80, "-inf")]
    [TestCase(PtxType.BF16, 0x7FC1, "nan")]
    public void The_text_says_the_value(PtxType type, int bits, string text) =>
        Assert.That(ElementText.Format(BitConverter.GetBytes((ushort)bits), type), Is.EqualTo(text));

    // 1 + 2^-8 is half-way between two bfloat16; 2^-40 above it must decide, although float32 cannot hold it.
    [TestCase(PtxType.BF16, "1.00390625", "1")]
    [TestCase(PtxType.BF16, "1.0039062500009095", "1.0078125")]
    [TestCase(PtxType.BF16, "1.01171875", "1.015625")]
    [TestCase(PtxType.BF16, "-1.0117187499990905", "-1.0078125")]
    [TestCase(PtxType.BF16, "1e-60", "0")]
    [TestCase(PtxType.BF16, "3.3895313892515355e+38", "3.3895313892515355E+38")]
    [TestCase(PtxType.F16, "65519.99", "65504")]
    [TestCase(PtxType.F32, "INF", "inf")]
    [TestCase(PtxType.F64, "-Infinity", "-inf")]
    [TestCase(PtxType.F16, "+inf", "inf")]
    [TestCase(PtxType.BF16, "-inf", "-inf")]
    [TestCase(PtxType.F32, "NaN", "nan")]
    [TestCase(PtxType.F64, "nan", "nan")]
    [TestCase(PtxType.U16, "0xffff", "65535")]
    [TestCase(PtxType.S8, "-128", "-128")]
    public void A_number_is_rounded_once(PtxType type, string given, string stored) =>
        Assert.That(ElementText.Format(ElementText.Parse(given, type), type), Is.EqualTo(stored));

    [TestCase(PtxType.F16, "65520")]
    [TestCase(PtxType.F16, "1e5")]
    [TestCase(PtxType.BF16, "3.3961775292304601e+38")]
    [TestCase(PtxType.F32, "-1e39")]
    [TestCase(PtxType.F64, "1e400")]
    [TestCase(PtxType.F32, "infinite")]
    [TestCase(PtxType.S32, "inf")]
    [TestCase(PtxType.U8, "256")]
    public void What_does_not_fit_is_no_number(PtxType type, string given) => Assert.That(ElementText.Parse(given, type), Is.Null);
}
