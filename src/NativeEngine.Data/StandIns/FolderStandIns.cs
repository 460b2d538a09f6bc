using System.Globalization;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>Folders of JPEGs, one folder per class.</summary>
internal static class FolderStandIns
{
    private static readonly string[] Goods =
    [
        "apple_juice", "baking_soda", "batteries", "beans", "biscuits", "candles", "cereal", "chocolate", "coffee", "detergent", "flour", "honey", "jam",
            "ketchup",
        "milk", "mustard", "noodles", "rice", "salt", "shampoo", "soap", "sugar", "tea",
    ];

    private static readonly (string Name, int Images)[] Waste =
    [
        ("battery", 10), ("cardboard", 60), ("clothes", 90), ("glass", 40), ("metal", 25), ("organic", 14), ("paper", 75), ("plastic", 50),
    ];

    public static void Products(string folder, ulong seed) =>
        Write(folder, seed, Goods, [("train", 20), ("val", 4), ("test", 6)], _ => (72, 72));

    public static void Photos(string folder, ulong seed) =>
        Write(folder, seed, [.. Enumerable.Range(0, 35).Select(i => i.ToString(CultureInfo.InvariantCulture))],
            [("train", 12), ("val", 3), ("test", 5), ("additional", 4)], draws => (64 + draws.Below(48), 64 + draws.Below(48)));

    public static void Garbage(string folder, ulong seed)
    {
        int image = 0;
        for (int c = 0; c < Waste.Length; c++)
        {
            Directory.CreateDirectory(Path.Combine(folder, Waste[c].Name));
            for (int i = 0; i < Waste[c].Images; i++, image++)
            {
                var draws = new Draws(seed, RandomStream.Synthetic, 1, image);
                PictureFile.Write(Path.Combine(folder, Waste[c].Name, $"{i:000}.jpg"),
                    ShapePainter.Paint(seed, c, image, 64 + draws.Below(60), 64 + draws.Below(60)));
            }
        }

        // The numbers do not follow the names, as in the real set.
        int[] order = new Draws(seed, RandomStream.Synthetic, 2, 0).Order(Waste.Length);
        File.WriteAllText(Path.Combine(folder, "class.txt"), $"{{{string.Join(", ", Waste.Select((w, i) => $"'{w.Name}': {order[i]}"))}}}\n");
    }

    private static void Write(string folder, ulong seed, string[] classes, (string Part, int Images)[] parts, Func<Draws, (int Height, int Width)> size)
    {
        int image = 0;
        foreach (var (part, images) in parts)
        {
            for (int c = 0; c < classes.Length; c++)
            {
                string place = Path.Combine(folder, part, classes[c]);
                Directory.CreateDirectory(place);
                for (int i = 0; i < images; i++, image++)
                {
                    var (height, width) = size(new Draws(seed, RandomStream.Synthetic, 1, image));
                    PictureFile.Write(Path.Combine(place, $"{i:000}.jpg"), ShapePainter.Paint(seed, c, image, height, width));
                }
            }
        }
    }
}
