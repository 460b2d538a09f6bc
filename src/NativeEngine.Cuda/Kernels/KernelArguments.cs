using System.Reflection;
using System.Runtime.CompilerServices;
using NativeEngine.Core;

namespace NativeEngine.Cuda.Kernels;

/// <summary>
/// What an argument structure says about a kernel's parameters. The structure is the one description: its fields in order are
/// the kernel's parameters, so packing a launch, checking the PTX and listing the signature all read it.
/// </summary>
/// <typeparam name="TArguments">A record struct of pointers, numbers and unmanaged structures.</typeparam>
public static class KernelArguments<TArguments> where TArguments : unmanaged
{
    /// <summary>The parameters in order.</summary>
    public static IReadOnlyList<KernelParameter> Parameters { get; } = Describe();

    private static KernelParameter[] Describe()
    {
        var parameters = new List<KernelParameter>();
        int offset = 0;
        foreach (var field in KernelStructure.Fields(typeof(TArguments)))
        {
            int size = KernelStructure.Size(field.FieldType), align = KernelStructure.Alignment(field.FieldType);
            offset = (offset + align - 1) / align * align;
            parameters.Add(new(KernelStructure.SnakeName(field), KernelStructure.TypeName(field.FieldType), KernelStructure.PtxType(field.FieldType), offset,
                size));
            offset += size;
        }

        int alignment = KernelStructure.Alignment(typeof(TArguments));
        int total = (offset + alignment - 1) / alignment * alignment;
        if (total != Unsafe.SizeOf<TArguments>())
            throw new InvalidOperationException($"argument structure {typeof(TArguments).Name} is {Unsafe.SizeOf<TArguments>()} bytes, its fields need "
                + $"{total}: expects sequential layout");
        return [.. parameters];
    }
}

/// <summary>C's layout rules for the structures that kernels take, read from the .NET types.</summary>
internal static class KernelStructure
{
    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>The instance fields in declaration order.</summary>
    public static IEnumerable<FieldInfo> Fields(Type type) => type.GetFields(Instance).OrderBy(f => f.MetadataToken);

    public static int Size(Type type) => Length(type) * (Scalar(type) is { } scalar ? scalar.Size : Unpadded(type));

    public static int Alignment(Type type) => Scalar(type) is { } scalar ? scalar.Size : Fields(type).Max(f => Alignment(f.FieldType));

    public static string PtxType(Type type) => Scalar(type) is { } scalar && Length(type) == 1 ? scalar.Ptx : $".b8[{Size(type)}]";

    public static string TypeName(Type type)
    {
        if (type.IsGenericType && typeof(IKernelPointer).IsAssignableFrom(type))
        {
            string element = TypeName(type.GenericTypeArguments[0]);
            return type.GetGenericTypeDefinition() == typeof(In<>) ? $"const {element}*" : $"{element}*";
        }

        return Scalar(type) is { } scalar ? scalar.Name : type.GetCustomAttribute<CudaTypeAttribute>()?.Name ?? SnakeCase.Of(type.Name);
    }

    public static string SnakeName(FieldInfo field)
    {
        // A positional record's field is the backing field <Name>k__BackingField of its property.
        string name = field.Name;
        return SnakeCase.Of(name.StartsWith('<') ? name[1..name.IndexOf('>')] : name);
    }

    private static int Length(Type type) => type.GetCustomAttribute<InlineArrayAttribute>()?.Length ?? 1;

    private static int Unpadded(Type type)
    {
        int offset = 0;
        foreach (var field in Fields(type))
        {
            int align = Alignment(field.FieldType);
            offset = (offset + align - 1) / align * align + Size(field.FieldType);
        }

        int alignment = Alignment(type);
        return (offset + alignment - 1) / alignment * alignment;
    }

    private static (int Size, string Ptx, string Name)? Scalar(Type type) =>
        typeof(IKernelPointer).IsAssignableFrom(type) ? (8, ".u64", "pointer")
        : type == typeof(ulong) ? (8, ".u64", "u64")
        : type == typeof(long) ? (8, ".u64", "s64")
        : type == typeof(uint) ? (4, ".u32", "u32")
        : type == typeof(int) ? (4, ".u32", "s32")
        : type == typeof(float) ? (4, ".f32", "f32")
        : type == typeof(double) ? (8, ".f64", "f64")
        : type == typeof(byte) ? (1, ".u8", "u8")
        : null;
}
