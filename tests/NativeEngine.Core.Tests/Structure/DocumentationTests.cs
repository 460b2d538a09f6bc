using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace NativeEngine.Core.Tests.Structure;

/// <summary>Every public type and member of Core is documented.</summary>
public sealed class DocumentationTests
{
    private static readonly Dictionary<string, string> Docs = Load();

    private static IEnumerable<Type> Types => typeof(Engine).Assembly.GetExportedTypes().Where(t => !t.IsDefined(typeof(CompilerGeneratedAttribute)));

    [TestCaseSource(nameof(Types))]
    public void Every_public_member_is_documented(Type type)
    {
        string name = type.FullName!.Replace('+', '.');
        Assert.That(Docs.GetValueOrDefault($"T:{name}", ""), Is.Not.Empty, $"{type.Name} has no summary");
        var missing = type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(m => Counts(type, m) && !Documented(name, m));
        Assert.That(missing.Select(m => $"{type.Name}.{m.Name}"), Is.Empty);
    }

    private static bool Counts(Type type, MemberInfo member) => member switch
    {
        Type => false, // nested types are listed by themselves
        _ when member.IsDefined(typeof(CompilerGeneratedAttribute)) => false,
        ConstructorInfo constructor => constructor.GetParameters().Length > 0 && !IsPrimary(type, constructor),
        MethodInfo method => !method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal),
        FieldInfo field => !field.IsSpecialName,
        _ => true,
    };

    // The compiler documents a primary constructor under its type.
    private static bool IsPrimary(Type type, ConstructorInfo constructor) =>
        constructor.GetParameters().All(p => Docs[$"T:{type.FullName!.Replace('+', '.')}"].Length > 0
            && !Docs.Keys.Any(k => k.StartsWith($"M:{type.FullName}.#ctor", StringComparison.Ordinal) && k.Contains(p.ParameterType.Name)));

    private static bool Documented(string type, MemberInfo member)
    {
        string name = member.Name == ".ctor" ? "#ctor" : member.Name;
        bool own = Docs.Any(d => d.Value.Length > 0 && d.Key.Length > 2 && d.Key.AsSpan(2).StartsWith($"{type}.{name}")
            && (d.Key.Length == 3 + type.Length + name.Length || d.Key[3 + type.Length + name.Length] is '(' or '`' or '~'));
        // The properties of a positional record are described with its parameters or in its summary.
        return own || (member is PropertyInfo && Docs[$"T:{type}"].Contains(member.Name, StringComparison.Ordinal));
    }

    private static Dictionary<string, string> Load()
    {
        string file = Path.ChangeExtension(typeof(Engine).Assembly.Location, ".xml");
        return XDocument.Load(file).Descendants("member")
            .ToDictionary(m => (string)m.Attribute("name")!, m => m.ToString().Length > 0 ? string.Concat(m.Elements().Select(e => e.ToString())) : "");
    }
}
