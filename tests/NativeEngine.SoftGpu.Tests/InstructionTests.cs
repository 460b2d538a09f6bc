using System.Text;
using NativeEngine.SoftGpu.Lab;
using static NativeEngine.SoftGpu.Lab.EveryForm;

namespace NativeEngine.SoftGpu.Tests;

/// <summary>Every typed variant of every computing instruction against <see cref="ScalarReference"/>, with all lanes and with every second one.</summary>
[TestFixture]
internal sealed class InstructionTests
{
    private const int Cases = 512;

    private static readonly InstructionClass[] Computing =
    [
        InstructionClass.Float32, InstructionClass.Float64, InstructionClass.Float16, InstructionClass.Integer, InstructionClass.Logic,
        InstructionClass.Compare, InstructionClass.Convert,
    ];

    private static IEnumerable<string> ComputingOpcodes =>
        OpcodeTable.All.Where(form => Computing.Contains(form.Class)).Select(form => form.Opcode).Where(opcode => opcode != "isspacep").Distinct();

    [TestCaseSource(nameof(ComputingOpcodes))]
    public void Variants_equal_the_scalar_reference(string opcode)
    {
        int seed = opcode.Sum(c => c) + 17;
        TestContext.Out.WriteLine($"seed {seed}");
        var variants = OpcodeTable.FormsOf(opcode).ToArray().Where(form => Computing.Contains(form.Class))
            .SelectMany(form => form.Variants().Select(modifiers => (form, modifiers))).ToArray();
        var failures = new List<string>();
        using var rig = new GpuRig();
        ulong inputs = rig.Memory.Allocate(Cases * 4 * 8, "inputs"), outputs = rig.Memory.Allocate(Cases * 8, "outputs");
        foreach (var chunk in variants.Chunk(16))
        {
            var text = new StringBuilder(PtxSnippet.Header);
            for (int v = 0; v < chunk.Length; v++)
            {
                text.Append(Kernel($"full{v}", chunk[v].form, chunk[v].modifiers, false));
                text.Append(Kernel($"half{v}", chunk[v].form, chunk[v].modifiers, true));
            }
            using var module = rig.Machine.Load(PtxModule.Parse(text.ToString(), opcode));
            for (int v = 0; v < chunk.Length; v++)
                Check(rig, module, v, new Random(seed + v), inputs, outputs, failures);
        }
        Assert.That(failures, Is.Empty);
    }

    private static void Check(GpuRig rig, GpuModule module, int v, Random random, ulong inputs, ulong outputs, List<string> failures)
    {
        foreach (bool half in new[] { false, true })
        {
            var function = module[(half ? "half" : "full") + v];
            var tested = function.Entry.Instructions.Single(i => i.Line == PtxLineOfTested(function.Entry));
            var types = SourceTypes(tested);
            var sources = SampleValues.Draw(types, Cases, random);
            for (int k = 0; k < types.Length; k++)
                rig.Memory.CopyIn<ulong>(inputs + (ulong)(k * Cases * 8), sources[k]);
            rig.Memory.Set(outputs, 0xDEAD_BEEFUL, Cases);
            var result = rig.Launch(function, new Dim3(Cases / 128), new Dim3(128), null, inputs, outputs);
            if (result.Fault is not null)
                failures.Add($"{tested}: {result.Fault}");
            ulong[] got = rig.Download<ulong>(outputs, Cases);
            for (int lane = 0; lane < Cases && failures.Count < 20; lane++)
            {
                ulong[] s = [.. sources.Select(source => source[lane])];
                if (tested.Opcode == "lop3")
                    s = [.. s, 150];
                ulong expected = half && (lane & 1) != 0 ? 0 : Extended(ScalarReference.Evaluate(tested, s), tested);
                if (got[lane] != expected)
                {
                    failures.Add($"{tested} lane {lane} of ({string.Join(", ", s.Select(x => "0x" + x.ToString("x")))}): expected 0x{expected:x}, got "
                        + $"0x{got[lane]:x}");
                    break;
                }
            }
        }
    }

    // The tested instruction follows the marker label.
    private static int PtxLineOfTested(PtxEntry entry) => entry.Instructions[entry.Labels.Single(label => label.Name == "TESTED").Instruction].Line;

    private static PtxType DestinationType(PtxInstruction i) => i.Form.Operands[0].TypeFor(i.Type, i.SecondType);

    /// <summary>Results narrower than their register are extended by their sign.</summary>
    private static ulong Extended(ulong bits, PtxInstruction i) => DestinationType(i) == PtxType.S8 ? (ushort)(sbyte)bits : bits;

    private static PtxType[] SourceTypes(PtxInstruction i) =>
        [.. i.Form.Operands.Where(p => !p.IsDestination && p.Kind != OperandKind.Constant).Select(p => p.TypeFor(i.Type, i.SecondType))];

    private static string Kernel(string name, InstructionForm form, string[] modifiers, bool half)
    {
        form.Match(modifiers, out var type, out var second);
        var body = new StringBuilder();
        var operands = new List<string>();
        int source = 0;
        foreach (var pattern in form.Operands)
        {
            if (pattern.Kind == OperandKind.Constant)
            {
                operands.Add("150");
                continue;
            }
            var wanted = pattern.TypeFor(type, second);
            string register = Register(wanted, pattern.IsDestination ? 9 : source);
            operands.Add(register);
            if (pattern.IsDestination)
            {
                body.Append(FromWide(wanted, register, "0"));
                continue;
            }
            body.Append($"ld.global.u64 %rd20, [%rd10+{source * Cases * 8}];\n").Append(FromWide(wanted, register, "%rd20"));
            source++;
        }
        string instruction = (modifiers.Length == 0 ? form.Opcode : form.Opcode + "." + string.Join('.', modifiers)) + " " + string.Join(", ", operands) + ";";
        string skip = half ? "and.b32 %r20, %r21, 1;\nsetp.ne.u32 %p15, %r20, 0;\n@%p15 bra AFTER;\n" : "";
        var destination = form.Operands[0].TypeFor(type, second);
        return $$"""
            .visible .entry {{name}}(.param .u64 in, .param .u64 out)
            {
            .reg .pred %p<16>; .reg .b16 %rs<16>; .reg .b32 %r<32>; .reg .b64 %rd<32>; .reg .f32 %f<16>; .reg .f64 %fd<16>;
            mov.u32 %r21, %ctaid.x; mov.u32 %r22, %ntid.x; mov.u32 %r23, %tid.x; mad.lo.s32 %r21, %r21, %r22, %r23;
            mul.wide.u32 %rd21, %r21, 8; ld.param.u64 %rd10, [in]; ld.param.u64 %rd11, [out]; add.s64 %rd10, %rd10, %rd21; add.s64 %rd11, %rd11, %rd21;
            {{body}}{{skip}}
            TESTED:
            {{instruction}}
            AFTER:
            {{ToWide(destination, Register(destination, 9))}}st.global.u64 [%rd11], %rd22;
            ret;
            }

            """;
    }

    private static string FromWide(PtxType type, string register, string wide) => type switch
    {
        PtxType.Pred => $"setp.ne.u64 {register}, {wide}, 0;\n",
        PtxType.F32 => $"cvt.u32.u64 %r19, {wide};\nmov.b32 {register}, %r19;\n",
        PtxType.F64 => $"mov.b64 {register}, {wide};\n",
        _ => type.Size() == 8 ? $"mov.b64 {register}, {wide};\n" : type.Size() == 4 ? $"cvt.u32.u64 {register}, {wide};\n"
            : $"cvt.u16.u64 {register}, {wide};\n",
    };

    private static string ToWide(PtxType type, string register) => type switch
    {
        PtxType.Pred => $"selp.u64 %rd22, 1, 0, {register};\n",
        PtxType.F32 => $"mov.b32 %r19, {register};\ncvt.u64.u32 %rd22, %r19;\n",
        PtxType.F64 => $"mov.b64 %rd22, {register};\n",
        _ => type.Size() == 8 ? $"mov.b64 %rd22, {register};\n" : type.Size() == 4 ? $"cvt.u64.u32 %rd22, {register};\n" : $"cvt.u64.u16 %rd22, {register};\n",
    };

    private static IEnumerable<TestCaseData> Approximations()
    {
        yield return new TestCaseData("ex2.approx.f32", (Func<double, double>)(x => Math.Pow(2, x)), -100.0, 100.0, Math.Pow(2, -22), 0.0);
        yield return new TestCaseData("lg2.approx.f32", (Func<double, double>)Math.Log2, 0.6, 1.9, 0.0, Math.Pow(2, -22));
        yield return new TestCaseData("rsqrt.approx.f32", (Func<double, double>)(x => 1 / Math.Sqrt(x)), 1e-6, 1e6, Math.Pow(2, -22.9), 0.0);
        yield return new TestCaseData("rcp.approx.f32", (Func<double, double>)(x => 1 / x), 0.01, 1e6, Math.Pow(2, -23), 0.0);
        yield return new TestCaseData("sqrt.approx.f32", (Func<double, double>)Math.Sqrt, 0.01, 1e6, Math.Pow(2, -23), 0.0);
        yield return new TestCaseData("sin.approx.f32", (Func<double, double>)Math.Sin, -3.14, 3.14, 0.0, Math.Pow(2, -20.5));
        yield return new TestCaseData("cos.approx.f32", (Func<double, double>)Math.Cos, -3.14, 3.14, 0.0, Math.Pow(2, -20.5));
        yield return new TestCaseData("tanh.approx.f32", (Func<double, double>)Math.Tanh, -5.0, 5.0, Math.Pow(2, -11), 0.0);
    }

    [TestCaseSource(nameof(Approximations))]
    public void Approximate_results_stay_in_their_bounds_and_move_under_perturbation(
        string instruction, Func<double, double> exact, double low, double high, double relative, double absolute)
    {
        using var rig = new GpuRig();
        var function = rig.Load(PtxSnippet.Kernel($"""
            mov.u32 %r1, %tid.x;
            mul.wide.u32 %rd5, %r1, 4;
            add.s64 %rd6, %rd1, %rd5;
            ld.global.f32 %f1, [%rd6];
            {instruction} %f2, %f1;
            st.global.f32 [%rd6], %f2;
            ret;
            """))["k"];
        const int n = 256;
        float[] x = [.. Enumerable.Range(0, n).Select(i => (float)(low + (high - low) * i / (n - 1)))];
        float[] Run(LaunchOptions options)
        {
            ulong data = rig.Upload(x);
            Assert.That(rig.Launch(function, new Dim3(1), new Dim3(n), options, data).Findings, Is.Empty);
            float[] y = rig.Download<float>(data, n);
            rig.Memory.Free(data);
            return y;
        }
        float[] plain = Run(LaunchOptions.Default);
        float[] moved = Run(new LaunchOptions { Observers = ObserverSet.PerturbApproximations, ApproximationSeed = 3 });
        for (int i = 0; i < n; i++)
        {
            double wanted = exact(x[i]), bound = Math.Abs(wanted) * relative + absolute + 1e-30;
            Assert.That(plain[i], Is.EqualTo((double)(float)wanted).Within(Math.Abs(wanted) * 1.3e-7 + 1e-12), $"{instruction} at {x[i]}");
            Assert.That(Math.Abs(moved[i] - wanted), Is.LessThanOrEqualTo(bound), $"{instruction} perturbed at {x[i]}");
        }
        Assert.That(moved, Is.Not.EqualTo(plain));
        Assert.That(Run(new LaunchOptions { Observers = ObserverSet.PerturbApproximations, ApproximationSeed = 3 }), Is.EqualTo(moved),
            "the same seed gives the same errors");
    }

    [Test]
    public void Every_form_of_the_table_has_an_implementation()
    {
        int variants = 0;
        foreach (string opcode in OpcodeTable.Opcodes)
        {
            var forms = OpcodeTable.FormsOf(opcode).ToArray();
            foreach (var group in forms.GroupBy(EveryForm.HeaderFor))
                variants += CheckDecodes(opcode, group.Key, group);
        }
        TestContext.Out.WriteLine($"{OpcodeTable.Opcodes.Count()} opcodes, {variants} typed variants");
    }

    private static int CheckDecodes(string opcode, string header, IEnumerable<InstructionForm> forms)
    {
        int variants = 0;
        var text = new StringBuilder(header);
        text.Append(EveryForm.Head);
        foreach (var form in forms)
        {
            foreach (var modifiers in form.Variants().Where(modifiers => !EveryForm.IsTooWide(form, modifiers)))
            {
                text.Append(EveryForm.Instruction(form, modifiers)).Append('\n');
                variants++;
            }
        }
        text.Append("END:\nret;\n}\n");
        using var rig = new GpuRig();
        Assert.That(rig.Load(text.ToString(), opcode)["k"].ProgramFor(ObserverSet.None).BlockCount, Is.GreaterThan(0));
        return variants;
    }
}
