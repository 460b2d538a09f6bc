using System.Buffers.Binary;
using NativeEngine.SoftGpu;

// A kernel of one's own on the software GPU: it runs the PTX and finds what is wrong with it.
const string ptx = """
    .version 7.0
    .target sm_70
    .address_size 64
    .visible .entry scale(.param .u64 values, .param .f32 factor, .param .u32 count)
    {
        .reg .pred %p;
        .reg .b32 %r<6>;
        .reg .f32 %f<4>;
        .reg .b64 %d<4>;
        ld.param.u64 %d1, [values];
        ld.param.f32 %f1, [factor];
        ld.param.u32 %r1, [count];
        mov.u32 %r2, %ctaid.x;
        mov.u32 %r3, %ntid.x;
        mov.u32 %r4, %tid.x;
        mad.lo.s32 %r5, %r2, %r3, %r4;
        setp.ge.u32 %p, %r5, %r1;
        @%p bra DONE;
        mul.wide.u32 %d2, %r5, 4;
        add.s64 %d3, %d1, %d2;
        ld.global.f32 %f2, [%d3];
        mul.f32 %f3, %f2, %f1;
        st.global.f32 [%d3], %f3;
    DONE:
        ret;
    }
    """;

using var machine = new Machine();
using var module = machine.Load(PtxModule.Parse(ptx, "scale.ptx"));
float[] values = [.. Enumerable.Range(0, 100).Select(i => (float)i)];
ulong address = machine.Memory.Allocate(values.Length * sizeof(float), "values");
machine.Memory.CopyIn<float>(address, values);

// 2 blocks of 64 threads: the 28 threads behind the last value have nothing to do.
var right = machine.Launch(module["scale"], new Dim3(2), new Dim3(64), 0, Parameters(address, 1.5f, 100), LaunchOptions.Sanitized);
machine.Memory.CopyOut<float>(values, address);
Console.WriteLine($"values[10] = {values[10]}, {right.Counters.ThreadInstructions} instructions of threads, {right.Findings.Count} findings");

// The same with a count that is one too large: the sanitizer says where.
var wrong = machine.Launch(module["scale"], new Dim3(2), new Dim3(64), 0, Parameters(address, 1.5f, 101), LaunchOptions.Sanitized);
Console.WriteLine(wrong.Findings[0]);
return values[10] == 15 && right.IsClean && !wrong.IsClean ? 0 : 1;

static byte[] Parameters(ulong values, float factor, uint count)
{
    byte[] buffer = new byte[16];
    BinaryPrimitives.WriteUInt64LittleEndian(buffer, values);
    BinaryPrimitives.WriteSingleLittleEndian(buffer.AsSpan(8), factor);
    BinaryPrimitives.WriteUInt32LittleEndian(buffer.AsSpan(12), count);
    return buffer;
}
