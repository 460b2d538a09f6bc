using System.Globalization;
using NativeEngine.Core;

namespace NativeEngine.Data;

/// <summary>The 25 rows of AutoAugment's three policies (Cubuk et al. 2019), each two operations with a probability and a level.</summary>
internal static class AutoAugmentTables
{
    private static readonly Dictionary<string, string> Short = new()
    {
        ["Sx"] = "ShearX", ["Sy"] = "ShearY", ["Tx"] = "TranslateX", ["Ty"] = "TranslateY", ["Ro"] = "Rotate", ["Br"] = "Brightness", ["Co"] = "Color",
        ["Ct"] = "Contrast", ["Sh"] = "Sharpness", ["Po"] = "Posterize", ["So"] = "Solarize", ["Ac"] = "AutoContrast", ["Eq"] = "Equalize", ["In"] = "Invert",
    };

    private static readonly Dictionary<string, string> Texts = new()
    {
        ["cifar10"] = """
            In 0.1 + Ct 0.2 6; Ro 0.7 2 + Tx 0.3 9; Sh 0.8 1 + Sh 0.9 3; Sy 0.5 8 + Ty 0.7 9; Ac 0.5 + Eq 0.9; Sy 0.2 7 + Po 0.3 7; Co 0.4 3 + Br 0.6 7;
            Sh 0.3 9 + Br 0.7 9; Eq 0.6 + Eq 0.5; Ct 0.6 7 + Sh 0.6 5; Co 0.7 7 + Tx 0.5 8; Eq 0.3 + Ac 0.4; Ty 0.4 3 + Sh 0.2 6; Br 0.9 6 + Co 0.2 8;
            So 0.5 2 + In 0; Eq 0.2 + Ac 0.6; Eq 0.2 + Eq 0.6; Co 0.9 9 + Eq 0.6; Ac 0.8 + So 0.2 8; Br 0.1 3 + Co 0.7 0; So 0.4 5 + Ac 0.9;
            Ty 0.9 9 + Ty 0.7 9; Ac 0.9 + So 0.8 3; Eq 0.8 + In 0.1; Ty 0.7 9 + Ac 0.9
            """,
        ["imagenet"] = """
            Po 0.4 8 + Ro 0.6 9; So 0.6 5 + Ac 0.6; Eq 0.8 + Eq 0.6; Po 0.6 7 + Po 0.6 6; Eq 0.4 + So 0.2 4; Eq 0.4 + Ro 0.8 8; So 0.6 3 + Eq 0.6;
            Po 0.8 5 + Eq 1; Ro 0.2 3 + So 0.6 8; Eq 0.6 + Po 0.4 6; Ro 0.8 8 + Co 0.4 0; Ro 0.4 9 + Eq 0.6; Eq 0 + Eq 0.8; In 0.6 + Eq 1;
            Co 0.6 4 + Ct 1 8; Ro 0.8 8 + Co 1 2; Co 0.8 8 + So 0.8 7; Sh 0.4 7 + In 0.6; Sx 0.6 5 + Eq 1; Co 0.4 0 + Eq 0.6; Eq 0.4 + So 0.2 4;
            So 0.6 5 + Ac 0.6; In 0.6 + Eq 1; Co 0.6 4 + Ct 1 8; Eq 0.8 + Eq 0.6
            """,
        ["svhn"] = """
            Sx 0.9 4 + In 0.2; Sy 0.9 8 + In 0.7; Eq 0.6 + So 0.6 6; In 0.9 + Eq 0.6; Eq 0.6 + Ro 0.9 3; Sx 0.9 4 + Ac 0.8; Sy 0.9 8 + In 0.4;
            Sy 0.9 5 + So 0.2 6; In 0.9 + Ac 0.8; Eq 0.6 + Ro 0.9 3; Sx 0.9 4 + So 0.3 3; Sy 0.8 8 + In 0.7; Eq 0.9 + Ty 0.6 6; In 0.9 + Eq 0.6;
            Ct 0.3 3 + Ro 0.8 4; In 0.8 + Ty 0 2; Sy 0.7 6 + So 0.4 8; In 0.6 + Ro 0.8 4; Sy 0.3 7 + Tx 0.9 3; Sx 0.1 6 + In 0.6; So 0.7 2 + Ty 0.6 7;
            Sy 0.8 4 + In 0.8; Sx 0.7 9 + Ty 0.8 3; Sy 0.8 5 + Ac 0.7; Sx 0.7 2 + In 0.1
            """,
    };

    private static readonly Dictionary<string, IReadOnlyList<IReadOnlyList<PolicyStep>>> Tables = Texts.ToDictionary(t => t.Key, t => Read(t.Value));

    /// <summary>The names of the policies.</summary>
    public static IReadOnlyCollection<string> Names => Tables.Keys;

    /// <summary>The rows of a policy.</summary>
    /// <exception cref="UsageException">There is none of this name.</exception>
    public static IReadOnlyList<IReadOnlyList<PolicyStep>> Find(string name) => Tables.GetValueOrDefault(name)
        ?? throw new UsageException($"unknown policy '{name}'{NearestName.Suggest(name, Names)}; known are {string.Join(", ", Names)}");

    private static IReadOnlyList<IReadOnlyList<PolicyStep>> Read(string text) =>
    [
        .. text.Split(';').Select(row => (IReadOnlyList<PolicyStep>)[.. row.Split('+').Select(step =>
        {
            string[] words = step.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            return new PolicyStep(PolicyOp.Find(Short[words[0]]), double.Parse(words[1], CultureInfo.InvariantCulture),
                words.Length > 2 ? int.Parse(words[2], CultureInfo.InvariantCulture) : 0);
        })]),
    ];
}
