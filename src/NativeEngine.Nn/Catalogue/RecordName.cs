using System.Reflection;
using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>The names of a record in its catalogue.</summary>
public static class RecordName
{
    /// <summary>Those of its <see cref="CatalogueNameAttribute"/>, else its type's in snake case without the ending that all have.</summary>
    public static IReadOnlyList<string> Of(Type type, string suffix) => type.GetCustomAttribute<CatalogueNameAttribute>()?.Names
        ?? [SnakeCase.Of(type.Name.EndsWith(suffix, StringComparison.Ordinal) ? type.Name[..^suffix.Length] : type.Name)];

    /// <summary>A property as a person writes it.</summary>
    public static string Of(PropertyInfo property) => property.GetCustomAttribute<CatalogueNameAttribute>()?.Names[0] ?? SnakeCase.Of(property.Name);
}
