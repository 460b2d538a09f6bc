namespace NativeEngine.SoftGpu.Tests;

/// <summary>Small kernels as text: a header, a parameter list, plenty of registers, and a body.</summary>
internal static class PtxSnippet
{
    public const string Header = ".version 9.0\n.target sm_100a\n.address_size 64\n";

    private const string Registers = """
        .reg .pred %p<16>;
        .reg .b16 %rs<16>;
        .reg .b32 %r<32>;
        .reg .b64 %rd<32>;
        .reg .f32 %f<32>;
        .reg .f64 %fd<16>;

        """;

    /// <summary>A kernel "k" with 64-bit parameters p0 .. p(n-1), already loaded into %rd1 .. %rdn.</summary>
    public static string Kernel(string body, int pointers = 1, string before = "", string directives = "")
    {
        string parameters = string.Join(",\n", Enumerable.Range(0, pointers).Select(i => $".param .u64 p{i}"));
        string loads = string.Concat(Enumerable.Range(0, pointers).Select(i => $"ld.param.u64 %rd{i + 1}, [p{i}];\n"));
        return $"{Header}{before}\n.visible .entry k({parameters})\n{directives}\n{{\n{Registers}{loads}{body}\n}}\n";
    }

    /// <summary>Number of the first line of <paramref name="ptx"/> that contains <paramref name="part"/>.</summary>
    public static int LineOf(string ptx, string part) => Array.FindIndex(ptx.Split('\n'), line => line.Contains(part, StringComparison.Ordinal)) + 1;
}
