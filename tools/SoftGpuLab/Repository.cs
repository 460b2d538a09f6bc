namespace NativeEngine.SoftGpu.Lab;

/// <summary>Finds the committed kernels from wherever the program was started or built.</summary>
public static class Repository
{
    /// <summary>The folder of the committed PTX files.</summary>
    public static string PtxFolder
    {
        get
        {
            foreach (string start in new[] { Environment.CurrentDirectory, AppContext.BaseDirectory })
            {
                for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
                {
                    string ptx = Path.Combine(folder.FullName, "kernels", "ptx");
                    if (Directory.Exists(ptx))
                        return ptx;
                }
            }
            throw new DirectoryNotFoundException("kernels/ptx was not found above the current folder");
        }
    }
}
