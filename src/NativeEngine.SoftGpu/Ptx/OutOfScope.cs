namespace NativeEngine.SoftGpu;

/// <summary>Instructions that PTX has and the software GPU has not, with the reason: a kernel that uses one is refused by name.</summary>
internal static class OutOfScope
{
    private const string Cluster = "thread block clusters and distributed shared memory are not modelled, every block is alone";
    private const string Bulk = "bulk copies of the tensor memory accelerator are not modelled, cp.async is";
    private const string Texture = "textures and surfaces are not modelled";
    private const string TensorCore = "matrix products of whole warp groups are not modelled, mma.sync is";

    private const string Video = "video instructions are not modelled, hardware emulates most of them itself";

    private static readonly string[] VideoOpcodes =
    [
        "vadd", "vsub", "vabsdiff", "vmin", "vmax", "vshl", "vshr", "vmad", "vset",
        .. from name in (string[])["vadd", "vsub", "vavrg", "vabsdiff", "vmin", "vmax", "vset"] from lanes in "24" select name + lanes,
    ];

    /// <summary>Opcodes with the modifiers they start with.</summary>
    private static readonly (string[] Words, string Reason)[] Table =
    [
        (["wmma"], "matrices whose layout in registers is not said are not modelled, mma.sync with ldmatrix is"),
        (["wgmma"], TensorCore), (["tcgen05"], TensorCore), (["mma", "sp"], "sparse matrix products are not modelled"),
        (["mma", "sp::ordered_metadata"], "sparse matrix products are not modelled"),
        (["cp", "async", "bulk"], Bulk), (["cp", "reduce"], Bulk), (["tensormap"], Bulk), (["fence", "proxy", "tensormap::generic"], Bulk),
        (["prefetch", "tensormap"], Bulk), (["mbarrier", "arrive_drop", "expect_tx"], Bulk), (["mbarrier", "expect_tx"], Bulk),
            (["mbarrier", "complete_tx"], Bulk), (["mbarrier", "arrive", "expect_tx"], Bulk),
        (["st", "async"], Cluster), (["red", "async"], Cluster), (["st", "bulk"], Bulk), (["mapa"], Cluster), (["getctarank"], Cluster),
        (["barrier", "cluster"], Cluster), (["clusterlaunchcontrol"], Cluster), (["fence", "mbarrier_init"], Cluster),
        (["multimem"], "memory shared between devices is not modelled"),
        (["tex"], Texture), (["tld4"], Texture), (["txq"], Texture), (["suld"], Texture), (["sust"], Texture), (["sured"], Texture), (["suq"], Texture),
            (["istypep"], Texture),
        .. VideoOpcodes.Select(static opcode => (new[] { opcode }, Video)),
    ];

    /// <summary>Why an instruction is out of scope, or null when it is not on the list.</summary>
    public static string? ReasonFor(string opcode, IReadOnlyList<string> modifiers)
    {
        foreach (var (words, reason) in Table)
        {
            if (words[0] == opcode && words.Skip(1).SequenceEqual(modifiers.Take(words.Length - 1)))
                return reason;
        }
        return null;
    }
}
