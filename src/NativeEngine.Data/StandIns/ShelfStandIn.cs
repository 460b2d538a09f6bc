using System.Text.Json;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>Pictures of shelves with goods, and COCO's annotations: boxes [x, y, width, height] in pixels, category numbers with gaps.</summary>
internal static class ShelfStandIn
{
    private const int Height = 192, Width = 256, Images = 90, Held = 18, Most = 6;
    private static readonly (int Id, string Name)[] Kinds = [(1, "bottle"), (3, "box"), (4, "can"), (7, "bag"), (11, "jar")];

    public static void Write(string folder, ulong seed)
    {
        Part(folder, "train", 0, Images - Held, seed);
        Part(folder, "val", Images - Held, Held, seed);
    }

    private static void Part(string folder, string part, int first, int count, ulong seed)
    {
        string pictures = Path.Combine(folder, $"{part}2017"), notes = Path.Combine(folder, "annotations");
        Directory.CreateDirectory(pictures);
        Directory.CreateDirectory(notes);
        var (images, annotations) = (new List<object>(), new List<object>());
        for (int i = first; i < first + count; i++)
        {
            var draws = new Draws(seed, RandomStream.Synthetic, 3, i);
            var pixels = ShapePainter.Background(draws, Height, Width);
            string name = $"{i:000000000000}.jpg";
            images.Add(new { id = 1000 + i, file_name = name, height = Height, width = Width });
            int goods = 1 + draws.Below(Most);
            for (int k = 0; k < goods; k++)
            {
                int kind = draws.Below(Kinds.Length);
                double radius = draws.Uniform(0.1, 0.16), x = ((k % 3) + draws.Uniform(0.35, 0.65)) / 3, y = ((k / 3) + draws.Uniform(0.4, 0.6)) / 2;
                ShapePainter.Shape(pixels, (Height, Width), seed, kind, draws, new(x, y, radius));
                double half = radius * Height, left = Math.Max(0, (x * Width) - half), top = Math.Max(0, (y * Height) - half);
                double wide = Math.Min(Width, (x * Width) + half) - left, high = Math.Min(Height, (y * Height) + half) - top;
                annotations.Add(new
                {
                    id = (i * 10) + k + 1, image_id = 1000 + i, category_id = Kinds[kind].Id,
                    bbox = new[] { Math.Round(left, 2), Math.Round(top, 2), Math.Round(wide, 2), Math.Round(high, 2) },
                    area = Math.Round(wide * high, 2), iscrowd = 0,
                });
            }

            PictureFile.Write(Path.Combine(pictures, name), ShapePainter.Finish(pixels, (Height, Width), draws));
        }

        File.WriteAllText(Path.Combine(notes, $"instances_{part}2017.json"), JsonSerializer.Serialize(new
        {
            info = new { description = "drawn shelves" }, images, annotations, categories = Kinds.Select(k => new { id = k.Id, name = k.Name }),
        }));
    }
}
