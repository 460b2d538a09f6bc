namespace NativeEngine.SoftGpu;

/// <summary>Writes what a register file holds before a warp starts: constants, and the special registers the kernel reads.</summary>
internal static unsafe class RegisterFile
{
    public static void WriteConstants(byte* file, Program program)
    {
        foreach (var constant in program.Constants)
        {
            if (constant.Size == 0)
                *(uint*)(file + constant.Slot) = constant.Bits != 0 ? Lanes.All : 0;
            else if (constant.Size == 8)
                new Span<ulong>(file + constant.Slot, 32).Fill(constant.Bits);
            else
                new Span<uint>(file + constant.Slot, 32).Fill((uint)constant.Bits);
        }
    }

    public static void WriteSpecials(byte* file, Program program, Launch launch, Dim3 block, int warp)
    {
        foreach (var special in program.Specials)
        {
            byte* slot = file + special.Slot;
            if (special.Name.StartsWith("%tid", StringComparison.Ordinal))
                WriteThreadIndex((uint*)slot, special.Name[^1], launch.Block, warp);
            else if (special.Name.StartsWith("%lane", StringComparison.Ordinal))
                WriteLanes((uint*)slot, special.Name);
            else if (special.Name is "%gridid" or "%current_graph_exec")
                new Span<ulong>(slot, 32).Fill(special.Name == "%gridid" ? launch.Serial : 0);
            else if (special.Name == "%is_explicit_cluster")
                *(uint*)slot = 0;
            else
                new Span<uint>(slot, 32).Fill(Uniform(special.Name, program, launch, block, warp));
        }
    }

    private static void WriteThreadIndex(uint* slot, char component, Dim3 block, int warp)
    {
        for (int lane = 0; lane < 32; lane++)
        {
            int thread = warp * 32 + lane;
            slot[lane] = (uint)(component switch
            {
                'x' => thread % block.X,
                'y' => thread / block.X % block.Y,
                _ => thread / block.X / block.Y,
            });
        }
    }

    private static void WriteLanes(uint* slot, string name)
    {
        for (int lane = 0; lane < 32; lane++)
        {
            uint bit = 1u << lane;
            slot[lane] = name switch
            {
                "%laneid" => (uint)lane,
                "%lanemask_eq" => bit,
                "%lanemask_lt" => bit - 1,
                "%lanemask_le" => bit | (bit - 1),
                "%lanemask_gt" => ~(bit | (bit - 1)),
                _ => ~(bit - 1),
            };
        }
    }

    private static uint Uniform(string name, Program program, Launch launch, Dim3 block, int warp) => name switch
    {
        "%ntid.x" => (uint)launch.Block.X,
        "%ntid.y" => (uint)launch.Block.Y,
        "%ntid.z" => (uint)launch.Block.Z,
        // Without clusters every block is a cluster of its own.
        "%ctaid.x" or "%clusterid.x" => (uint)block.X,
        "%ctaid.y" or "%clusterid.y" => (uint)block.Y,
        "%ctaid.z" or "%clusterid.z" => (uint)block.Z,
        "%nctaid.x" or "%nclusterid.x" => (uint)launch.Grid.X,
        "%nctaid.y" or "%nclusterid.y" => (uint)launch.Grid.Y,
        "%nctaid.z" or "%nclusterid.z" => (uint)launch.Grid.Z,
        "%warpid" => (uint)warp,
        "%nwarpid" => 32,
        "%smid" => 0,
        "%nsmid" => 1,
        "%dynamic_smem_size" => (uint)launch.DynamicSharedBytes,
        "%total_smem_size" or "%aggr_smem_size" => (uint)launch.SharedBytes,
        "%cluster_nctaid.x" or "%cluster_nctaid.y" or "%cluster_nctaid.z" or "%cluster_nctarank" => 1,
        "%cluster_ctaid.x" or "%cluster_ctaid.y" or "%cluster_ctaid.z" or "%cluster_ctarank" => 0,
        _ when name.StartsWith("%envreg", StringComparison.Ordinal) => 0,
        _ => throw new InvalidOperationException($"special register {name} has no value (kernel {program.Entry.Name})"),
    };
}
