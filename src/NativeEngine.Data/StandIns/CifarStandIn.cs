namespace NativeEngine.Data;

/// <summary>CIFAR-100's binary files.</summary>
internal static class CifarStandIn
{
    private const int Side = 32, Plane = Side * Side, Classes = 100, PerGroup = 5, TrainPerClass = 12, TestPerClass = 3;

    public static void Write(string folder, ulong seed)
    {
        folder = Path.Combine(folder, "cifar-100-binary");
        Directory.CreateDirectory(folder);
        Part(Path.Combine(folder, "train.bin"), TrainPerClass, 0, seed);
        Part(Path.Combine(folder, "test.bin"), TestPerClass, Classes * TrainPerClass, seed);
        File.WriteAllLines(Path.Combine(folder, "fine_label_names.txt"), Enumerable.Range(0, Classes).Select(i => $"thing_{i:00}"));
        File.WriteAllLines(Path.Combine(folder, "coarse_label_names.txt"), Enumerable.Range(0, Classes / PerGroup).Select(i => $"group_{i:00}"));
    }

    private static void Part(string file, int perClass, int first, ulong seed)
    {
        using var stream = File.Create(file);
        var row = new byte[2 + (3 * Plane)];
        for (int i = 0; i < Classes * perClass; i++)
        {
            int number = i % Classes;
            (row[0], row[1]) = ((byte)(number / PerGroup), (byte)number);
            var image = ShapePainter.Paint(seed, number, first + i, Side, Side);
            for (int p = 0; p < Plane; p++)
            {
                for (int c = 0; c < 3; c++)
                    row[2 + (c * Plane) + p] = image.Pixels[(3 * p) + c];
            }

            stream.Write(row);
        }
    }
}
