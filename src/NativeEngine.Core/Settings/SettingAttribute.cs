namespace NativeEngine.Core;

/// <summary>
/// Makes a property of an options record a setting: its name in snake case is a flag (<c>--batch-size</c>), a key of configuration files and an
/// environment variable (<c>NENGINE_BATCH_SIZE</c>). Type, default and the choices of an enum come from the property.
/// </summary>
/// <param name="group">Heading in help: <c>data</c>.</param>
/// <param name="help">One line in lower case; a word in braces stands for a list that the options know: <c>{optimizers}</c>.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingAttribute(string group, string help) : Attribute
{
    /// <summary>Heading in help.</summary>
    public string Group { get; } = group;

    /// <summary>One line, lower case.</summary>
    public string Help { get; } = help;

    /// <summary>Further flags, with their dashes.</summary>
    public string[] Aliases { get; init; } = [];

    /// <summary>Allowed numbers: <c>0..1</c>, <c>1..</c>, without an end where a sign stands before it: <c>&gt;0..1</c>, <c>0..&lt;1</c>. Empty: any.</summary>
    public string Range { get; init; } = "";

    /// <summary>What a number counts, for messages: <c>epochs</c>.</summary>
    public string Unit { get; init; } = "";

    /// <summary>True where the stages of a run may differ in it.</summary>
    public bool PerStage { get; init; }

    /// <summary>
    /// What other programs (timm, torchvision, Ultralytics, Keras, Lightning, transformers) call it, in small letters without signs, parted by blanks. Such
    /// names are suggested, not accepted: their values may mean something else.
    /// </summary>
    public string Elsewhere { get; init; } = "";
}
