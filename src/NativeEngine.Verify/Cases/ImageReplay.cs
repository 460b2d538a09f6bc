using System.Text.Json;
using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Data.Arithmetic;
using NativeEngine.Nn;

namespace NativeEngine.Verify;

/// <summary>Transforms of images: one case names the arithmetic and all that a random transform would draw.</summary>
internal static class ImageReplay
{
    private const int LargestSide = 4096;

    private static readonly Dictionary<string, Action<Picture, CaseAttributes>> Transforms = new()
    {
        ["resize"] = (p, a) => Resizing.Squash(p, Side(a, 0), Side(a, 1), Kernel(a)),
        ["resize_shorter"] = (p, a) => Resizing.Shorter(p, Side(a.Integer("size")), Kernel(a), a.Has("max_size") ? Side(a.Integer("max_size")) : null),
        ["resized_crop"] = (p, a) => Resizing.Part(p, Inside(p, BoxOf(a)), Side(a, 0), Side(a, 1), Kernel(a)),
        ["letterbox"] = (p, a) => Resizing.Letterbox(p, Side(a, 0), Side(a, 1), Kernel(a), Fill(a)),
        ["crop"] = (p, a) => Borders.Crop(p, Inside(p, BoxOf(a))),
        ["center_crop"] = (p, a) => Borders.CropCentre(p, Side(a, 0), Side(a, 1)),
        ["pad"] = Pad,
        ["hflip"] = (p, _) => Borders.FlipAcross(p),
        ["vflip"] = (p, _) => Borders.FlipDown(p),
        ["rotate"] = (p, a) => Warp.Rotate(p, a.Number("angle"), Kernel(a, "nearest"), Fill(a), a.Flag("expand", false),
            a.Numbers("center") is [var x, var y] ? (x, y) : null),
        ["affine"] = (p, a) => Warp.Affine(p, a.Number("angle", 0), PairOf(a, "translate"), a.Number("scale", 1), PairOf(a, "shear"), Kernel(a, "nearest"),
            Fill(a)),
        ["brightness"] = (p, a) => Enhance.Brightness(p, a.Number("factor")),
        ["contrast"] = (p, a) => Enhance.Contrast(p, a.Number("factor")),
        ["saturation"] = (p, a) => Enhance.Saturation(p, a.Number("factor")),
        ["sharpness"] = (p, a) => Enhance.Sharpness(p, a.Number("factor")),
        ["hue"] = (p, a) => Enhance.Hue(p, a.Number("factor")),
        ["grayscale"] = (p, a) =>
        {
            a.Only("channels", p.Channels == 1 ? "1" : "3");
            Enhance.Grey(p);
        },
        ["color_jitter"] = Jitter,
        ["gaussian_blur"] = (p, a) => Blur.Boxes(p, a.Number("radius")),
        ["gaussian_blur_kernel"] = (p, a) => Blur.Kernel(p, a.Pair("kernel") is { } k ? (k.H, k.W) : (3, 3), PairOf(a, "sigma")),
        ["posterize"] = (p, a) => Point.Posterize(p, a.Integer("bits")),
        ["solarize"] = (p, a) => Point.Solarize(p, a.Number("threshold")),
        ["solarize_add"] = (p, a) => Point.SolarizeAdd(p, a.Integer("add"), a.Integer("threshold", 128)),
        ["autocontrast"] = (p, _) => Point.AutoContrast(p),
        ["equalize"] = (p, _) => Point.Equalize(p),
        ["invert"] = (p, _) => Point.Invert(p),
        ["erase"] = (p, a) => Masks.Box(p, BoxOf(a), Bytes(a, "value")),
        ["cutout"] = (p, a) => Masks.Box(p, Masks.Square(a.Integer("cy"), a.Integer("cx"), a.Integer("length")), [0]),
        ["gridmask"] = (p, a) => Masks.Grid(p, Side(a.Integer("d")), a.Number("ratio"), (a.Integers("offset")![0], a.Integers("offset")![1]),
            a.Number("angle", 0), a.Flag("invert", false), [0]),
        ["autoaugment_op"] = (p, a) => PolicyOp.Find(a.Text("op", "")).Apply(p, a.Number("magnitude", 0), OutsideOf(a)),
        ["autoaugment_level"] = Level,
        ["autoaugment_policy"] = Policy,
        ["augmix"] = Chains,
    };

    public static IReadOnlyList<Comparison> Run(ReferenceCase reference)
    {
        var attributes = reference.Attributes;
        var picture = Load(reference, "in.image");
        var expected = reference.Required("out.image");
        Comparison image;
        double? lambda = null;
        if (reference.Subject is "normalize" or "normalize_erase")
        {
            image = CaseReplay.Compare(reference, "out.image", expected, [picture.Channels, picture.Height, picture.Width],
                Normalised(picture, attributes, reference.Subject));
        }
        else
        {
            if (reference.Subject is "mixup" or "cutmix" or "cutmix_center")
                lambda = Mix(picture, Load(reference, "in.other"), attributes, reference.Subject);
            else if (Transforms.TryGetValue(reference.Subject, out var transform))
                transform(picture, attributes);
            else
                throw new UnsupportedCaseException($"image '{reference.Subject}'{NearestName.Suggest(reference.Subject, Transforms.Keys)}");
            // Tolerances of pictures are levels, whatever the largest level is.
            Shape shape = [picture.Height, picture.Width, picture.Channels];
            double[] got = Array.ConvertAll(picture.Pixels.ToArray(), b => (double)b);
            image = !expected.Shape.AsSpan().SequenceEqual(shape.AsSpan())
                ? Comparison.Mismatch("out.image", $"expected [{string.Join(',', expected.Shape)}], got {shape}")
                : Comparison.Of("out.image", shape, expected.ToDoubles(), got, new Tolerance(reference.Tolerance.Abs / 255, reference.Tolerance.Rel));
        }

        attributes.RefuseUnread();
        return lambda is { } share && reference.Tensors.TryGetValue("out.lam", out var lam)
            ? [image, CaseReplay.Compare(reference, "out.lam", lam, [1], [share])] : [image];
    }

    private static Picture Load(ReferenceCase reference, string name)
    {
        var tensor = reference.Required(name);
        if (tensor.Type != WeightType.U8 || tensor.Shape is not [> 0 and <= LargestSide, > 0 and <= LargestSide, 1 or 3])
            throw new DataException($"tensor {name}: expects bytes [H, W, 1 or 3], got {tensor.Type} [{string.Join(',', tensor.Shape)}]");
        var picture = new Picture();
        picture.Load(tensor.Bytes.Span, (int)tensor.Shape[0], (int)tensor.Shape[1], (int)tensor.Shape[2]);
        return picture;
    }

    private static double[] Normalised(Picture picture, CaseAttributes a, string subject)
    {
        double[] mean = a.Numbers("mean") ?? [0], std = a.Numbers("std") ?? [1];
        int pixels = picture.Height * picture.Width, channels = picture.Channels;
        var result = new double[pixels * channels];
        for (int i = 0; i < result.Length; i++)
        {
            int c = i % channels;
            result[(c * pixels) + (i / channels)] = (float)(((picture.Pixels[i] / 255.0f) - (float)mean[c % mean.Length]) / (float)std[c % std.Length]);
        }

        if (subject == "normalize")
            return result;
        var box = Inside(picture, BoxOf(a));
        double[] value = a.Numbers("value") ?? [0];
        for (int c = 0; c < channels; c++)
        {
            for (int y = box.Top; y < box.Top + box.Height; y++)
                result.AsSpan((c * pixels) + (y * picture.Width) + box.Left, box.Width).Fill(value[c % value.Length]);
        }

        return result;
    }

    private static double Mix(Picture picture, Picture other, CaseAttributes a, string subject)
    {
        if ((other.Height, other.Width, other.Channels) != (picture.Height, picture.Width, picture.Channels))
            throw new DataException("in.other: expects the shape of in.image");
        double lambda = a.Number("lam");
        if (subject == "mixup")
        {
            Mixing.Blend(picture.Pixels, other.Pixels, lambda);
            return lambda;
        }

        var box = subject == "cutmix_center" ? Mixing.Box(picture.Height, picture.Width, lambda, a.Integer("cy"), a.Integer("cx"))
            : a.Integers("box") is [var top, var left, var bottom, var right] ? new CropBox(top, left, bottom - top, right - left)
            : throw new DataException("attrs.box: expects four integers");
        if (box.Top < 0 || box.Left < 0 || box.Height < 0 || box.Width < 0 || box.Top + box.Height > picture.Height || box.Left + box.Width > picture.Width)
            throw new DataException("attrs.box lies outside the image");
        Mixing.Paste(picture.Pixels, other.Pixels, box, picture.Width, picture.Channels);
        return a.Flag("correct", true) ? Mixing.Share(box, picture.Height, picture.Width) : lambda;
    }

    private static void Pad(Picture picture, CaseAttributes a)
    {
        if (a.Integers("padding") is not [var left, var top, var right, var bottom] || Math.Min(Math.Min(left, top), Math.Min(right, bottom)) < 0)
            throw new DataException("attrs.padding: expects left, top, right, bottom of at least 0");
        _ = Side(Math.Max(Math.Max(left, top), Math.Max(right, bottom)) + 1);
        var mode = Enum.TryParse<BorderMode>(a.Text("mode", "constant"), ignoreCase: true, out var known) ? known
            : throw new UnsupportedCaseException($"mode '{a.Text("mode", "")}'");
        Borders.Pad(picture, (left, top, right, bottom), mode, Fill(a));
    }

    private static void Jitter(Picture picture, CaseAttributes a)
    {
        foreach (var name in a.Raw("order") is { ValueKind: JsonValueKind.Array } order ? order.EnumerateArray()
                : throw new DataException("attrs.order is missing"))
        {
            string step = name.ToString();
            double factor = a.Number(step);
            switch (step)
            {
                case "brightness": Enhance.Brightness(picture, factor); break;
                case "contrast": Enhance.Contrast(picture, factor); break;
                case "saturation": Enhance.Saturation(picture, factor); break;
                case "hue": Enhance.Hue(picture, factor); break;
                default: throw new UnsupportedCaseException($"order '{step}'");
            }
        }
    }

    private static void Level(Picture picture, CaseAttributes a)
    {
        string name = a.Text("space", "");
        var space = MagnitudeSpace.All.FirstOrDefault(s => s.Name == name) ?? throw new UnsupportedCaseException($"space '{name}'");
        space = space with { Levels = Math.Clamp(a.Integer("bins", space.Levels), 2, 1000) };
        var op = PolicyOp.Find(a.Text("op", ""));
        double magnitude = space.Of(op.Name, a.Integer("level"), (picture.Height, picture.Width));
        op.Apply(picture, a.Flag("negative", false) ? -magnitude : magnitude, OutsideOf(a));
    }

    private static void Policy(Picture picture, CaseAttributes a)
    {
        var rows = AutoAugmentTables.Find(a.Text("policy", ""));
        int index = a.Integer("index");
        if (index < 0 || index >= rows.Count)
            throw new DataException($"attrs.index: expects 0 … {rows.Count - 1}, got {index}");
        var (apply, negative) = (a.Raw("apply"), a.Raw("negative"));
        for (int i = 0; i < 2; i++)
        {
            if (apply?[i].GetBoolean() != true)
                continue;
            var step = rows[index][i];
            double magnitude = MagnitudeSpace.AutoAugment.Of(step.Op.Name, step.Level, (picture.Height, picture.Width));
            step.Op.Apply(picture, step.Op.IsSigned && negative?[i].GetBoolean() == true ? -magnitude : magnitude, OutsideOf(a));
        }
    }

    private static void Chains(Picture picture, CaseAttributes a)
    {
        var chains = a.Raw("chains") ?? throw new DataException("attrs.chains is missing");
        AugMixTransform.Mix(picture, a.Numbers("weights") ?? [], a.Number("m"), (i, copy) =>
        {
            foreach (var step in chains[i].EnumerateArray())
                PolicyOp.Find(step[0].GetString()!).Apply(copy, step[1].GetDouble(), OutsideOf(a));
        });
    }

    private static CropBox BoxOf(CaseAttributes a) => new(a.Integer("top"), a.Integer("left"), a.Integer("height"), a.Integer("width"));

    private static CropBox Inside(Picture picture, CropBox box) => box is { Top: >= 0, Left: >= 0, Height: > 0, Width: > 0 }
        && box.Top + box.Height <= picture.Height && box.Left + box.Width <= picture.Width ? box
            : throw new DataException($"the box {box} lies outside the image");

    private static int Side(CaseAttributes a, int which) => a.Pair("size") is { } size ? Side(which == 0 ? size.H : size.W)
        : throw new DataException("attrs.size is missing");

    private static int Side(int side) => side is > 0 and <= LargestSide ? side : throw new DataException($"a side of {side}: expects 1 … {LargestSide}");

    private static (double X, double Y) PairOf(CaseAttributes a, string name) => a.Numbers(name) is [var x, var y] ? (x, y) : (0, 0);

    private static Interpolation Kernel(CaseAttributes a, string otherwise = "bilinear") =>
        Interpolation.All.FirstOrDefault(i => i.Name == a.Text("interpolation", otherwise)) ?? throw new UnsupportedCaseException("interpolation");

    private static Outside OutsideOf(CaseAttributes a) => new(Fill(a), Kernel(a, "nearest"));

    private static IReadOnlyList<byte> Fill(CaseAttributes a) => Bytes(a, "fill");

    private static IReadOnlyList<byte> Bytes(CaseAttributes a, string name) => a.Raw(name) switch
    {
        null => [0],
        { ValueKind: JsonValueKind.Number } one => [(byte)Math.Clamp(one.GetDouble(), 0, 255)],
        { ValueKind: JsonValueKind.Array } all when all.GetArrayLength() > 0 => [.. all.EnumerateArray().Select(v => (byte)Math.Clamp(v.GetDouble(), 0, 255))],
        var other => throw new DataException($"attrs.{name}: expects a level or one per channel, got {other}"),
    };
}
