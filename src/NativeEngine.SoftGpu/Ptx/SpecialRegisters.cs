namespace NativeEngine.SoftGpu;

/// <summary>The predefined registers and their types.</summary>
internal static class SpecialRegisters
{
    private static readonly Dictionary<string, PtxType> Types = Build();

    public static bool TryGetType(string name, out PtxType type) => Types.TryGetValue(name, out type);

    public static IEnumerable<string> Names => Types.Keys;

    private static Dictionary<string, PtxType> Build()
    {
        var types = new Dictionary<string, PtxType>();
        foreach (string name in new[] { "%tid", "%ntid", "%ctaid", "%nctaid", "%clusterid", "%nclusterid", "%cluster_ctaid", "%cluster_nctaid" })
        {
            foreach (string component in new[] { ".x", ".y", ".z" })
                types[name + component] = PtxType.U32;
        }
        foreach (string name in new[]
        {
            "%laneid", "%warpid", "%nwarpid", "%smid", "%nsmid", "%lanemask_eq", "%lanemask_le", "%lanemask_lt", "%lanemask_ge", "%lanemask_gt",
            "%clock", "%clock_hi", "%dynamic_smem_size", "%total_smem_size", "%aggr_smem_size", "%globaltimer_lo", "%globaltimer_hi",
            "%cluster_ctarank", "%cluster_nctarank",
        })
        {
            types[name] = PtxType.U32;
        }
        for (int i = 0; i < 32; i++)
            types[$"%envreg{i}"] = PtxType.U32;
        types["%is_explicit_cluster"] = PtxType.Pred;
        foreach (string name in new[] { "%clock64", "%globaltimer", "%gridid", "%current_graph_exec" })
            types[name] = PtxType.U64;
        return types;
    }
}
