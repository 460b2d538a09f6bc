namespace NativeEngine.SoftGpu.Tests;

/// <summary>Approximate functions of 16-bit floats, and the gross ones of doubles, against the bounds of the PTX manual.</summary>
[TestFixture]
internal sealed class ShortApproximationTests
{
    private static IEnumerable<TestCaseData> Short()
    {
        foreach (string pair in new[] { "", "x2" })
        {
            yield return new TestCaseData("ex2.approx.f16" + pair, (Func<double, double>)(x => Math.Pow(2, x)), Math.Pow(2, -9.9), 6e-8);
            yield return new TestCaseData("ex2.approx.ftz.bf16" + pair, (Func<double, double>)(x => Math.Pow(2, x)), Math.Pow(2, -7), 0.0);
            yield return new TestCaseData("tanh.approx.f16" + pair, (Func<double, double>)Math.Tanh, 0.0, Math.Pow(2, -10.987));
            yield return new TestCaseData("tanh.approx.bf16" + pair, (Func<double, double>)Math.Tanh, 0.0, Math.Pow(2, -8));
        }
    }

    [TestCaseSource(nameof(Short))]
    public void Short_floats_stay_in_their_bounds(string instruction, Func<double, double> exact, double relative, double absolute)
    {
        bool pair = instruction.EndsWith("x2", StringComparison.Ordinal), bfloat = instruction.Contains("bf16", StringComparison.Ordinal);
        string register = pair ? "%r" : "%rs", bits = pair ? "b32" : "b16";
        using var rig = new GpuRig();
        var function = rig.Load(PtxSnippet.Kernel($"""
            mov.u32 %r1, %tid.x;
            mul.wide.u32 %rd5, %r1, {(pair ? 4 : 2)};
            add.s64 %rd6, %rd1, %rd5;
            ld.global.{bits} {register}5, [%rd6];
            {instruction} {register}6, {register}5;
            st.global.{bits} [%rd6], {register}6;
            ret;
            """))["k"];
        double Value(ushort x) => bfloat ? BitConverter.UInt32BitsToSingle((uint)x << 16) : (double)BitConverter.UInt16BitsToHalf(x);
        ushort[] inputs = [.. Enumerable.Range(0, 1024).Select(i => (i - 512) / 60f)
            .Select(x => bfloat ? (ushort)(BitConverter.SingleToUInt32Bits(x) >> 16) : BitConverter.HalfToUInt16Bits((Half)x))];
        ulong data = rig.Upload(inputs);
        Assert.That(rig.Launch(function, new Dim3(1), new Dim3(pair ? 512 : 1024), null, data).Findings, Is.Empty);
        ushort[] results = rig.Download<ushort>(data, inputs.Length);
        for (int i = 0; i < inputs.Length; i++)
        {
            double wanted = exact(Value(inputs[i]));
            Assert.That(Math.Abs(Value(results[i]) - wanted), Is.LessThanOrEqualTo(Math.Abs(wanted) * relative + absolute),
                $"{instruction} at {Value(inputs[i])}");
        }
    }

    [TestCase("rcp.approx.ftz.f64", true)]
    [TestCase("rsqrt.approx.ftz.f64", true)]
    [TestCase("rsqrt.approx.f64", false)]
    public void Doubles_stay_in_their_bounds(string instruction, bool gross)
    {
        using var rig = new GpuRig();
        var function = rig.Load(PtxSnippet.Kernel($"""
            mov.u32 %r1, %tid.x;
            mul.wide.u32 %rd5, %r1, 8;
            add.s64 %rd6, %rd1, %rd5;
            ld.global.f64 %fd1, [%rd6];
            {instruction} %fd2, %fd1;
            st.global.f64 [%rd6], %fd2;
            ret;
            """))["k"];
        double[] special = [0, -0.0, double.PositiveInfinity, double.NaN, double.Epsilon];
        double[] x = [.. special, .. Enumerable.Range(1, 251).Select(i => i * 0.37 + 1e-3 / i)];
        ulong data = rig.Upload(x);
        Assert.That(rig.Launch(function, new Dim3(1), new Dim3(x.Length), null, data).Findings, Is.Empty);
        double[] y = rig.Download<double>(data, x.Length);
        bool root = instruction.StartsWith("rsqrt", StringComparison.Ordinal);
        Assert.That(y.Take(4), Is.EqualTo(new[] { double.PositiveInfinity, double.NegativeInfinity, 0, double.NaN }));
        Assert.That(y[4], Is.EqualTo(gross ? double.PositiveInfinity : 1 / Math.Sqrt(double.Epsilon)));
        for (int i = special.Length; i < x.Length; i++)
        {
            double wanted = root ? 1 / Math.Sqrt(x[i]) : 1 / x[i];
            Assert.That(y[i], Is.EqualTo(wanted).Within(wanted * (gross ? Math.Pow(2, -19) : 1e-15)), $"{instruction} at {x[i]}");
            if (gross)
                Assert.That(BitConverter.DoubleToUInt64Bits(y[i]) & 0xFFFF_FFFF, Is.Zero);
        }
    }
}
