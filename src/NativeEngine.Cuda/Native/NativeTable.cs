using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NativeEngine.Cuda.Native;

/// <summary>One row of a table as declared by its field: position, field name, exported names.</summary>
/// <param name="Index">Position in the table, counted in pointers.</param>
/// <param name="Field">Field name.</param>
/// <param name="Names">Exported names, the preferred one first.</param>
/// <param name="Optional">True when the engine works without it.</param>
public sealed record NativeSymbolRow(int Index, string Field, IReadOnlyList<string> Names, bool Optional);

/// <summary>What filling a table found: the rows without an export.</summary>
/// <param name="Symbols">Number of rows in the table.</param>
/// <param name="MissingRequired">Preferred names of required rows that no export matched.</param>
/// <param name="MissingOptional">Preferred names of optional rows that no export matched.</param>
public sealed record NativeFill(int Symbols, IReadOnlyList<string> MissingRequired, IReadOnlyList<string> MissingOptional);

/// <summary>Fills the function tables. A table is a sequential struct of function pointers, so its memory is an array of addresses in declaration
/// order.</summary>
public static unsafe class NativeTable
{
    /// <summary>The rows of table <typeparamref name="T"/> in memory order.</summary>
    /// <exception cref="InvalidOperationException">A field is no function pointer or carries no <see cref="NativeSymbolAttribute"/>.</exception>
    public static IReadOnlyList<NativeSymbolRow> Rows<T>() where T : unmanaged
    {
        var fields = typeof(T).GetFields(BindingFlags.Public | BindingFlags.Instance);
        Array.Sort(fields, static (a, b) => a.MetadataToken.CompareTo(b.MetadataToken));
        if (sizeof(T) != fields.Length * sizeof(nint))
            throw new InvalidOperationException($"{typeof(T).Name} must consist of function pointers only.");
        var rows = new NativeSymbolRow[fields.Length];
        for (int i = 0; i < fields.Length; i++)
        {
            var symbol = fields[i].GetCustomAttribute<NativeSymbolAttribute>()
                ?? throw new InvalidOperationException($"{typeof(T).Name}.{fields[i].Name} names no exported symbol.");
            rows[i] = new NativeSymbolRow(i, fields[i].Name, symbol.Names, symbol.Optional);
        }
        return rows;
    }

    /// <summary>The address in row <paramref name="index"/> of <paramref name="table"/>.</summary>
    public static nint Address<T>(in T table, int index) where T : unmanaged =>
        Unsafe.Add(ref Unsafe.As<T, nint>(ref Unsafe.AsRef(in table)), index);

    /// <summary>Fills <paramref name="table"/> with what <paramref name="resolve"/> finds; rows without an export get <paramref name="missing"/>.</summary>
    /// <param name="table">The table to fill.</param>
    /// <param name="resolve">Address of an exported name, or zero.</param>
    /// <param name="missing">A function of no parameters that answers "not supported". The caller cleans the stack in both C calling conventions of
    /// the supported platforms, so it may stand in for a function of any parameter list, and a call through a missing row is a status, never a crash.</param>
    public static NativeFill Fill<T>(ref T table, Func<string, nint> resolve, nint missing) where T : unmanaged
    {
        ref nint first = ref Unsafe.As<T, nint>(ref table);
        var rows = Rows<T>();
        List<string> required = [], optional = [];
        foreach (var row in rows)
        {
            nint address = row.Names.Select(resolve).FirstOrDefault(found => found != 0);
            if (address == 0)
                (row.Optional ? optional : required).Add(row.Names[0]);
            Unsafe.Add(ref first, row.Index) = address != 0 ? address : missing;
        }
        return new NativeFill(rows.Count, required, optional);
    }

    /// <summary>Resolves names in a library loaded at <paramref name="library"/>.</summary>
    public static Func<string, nint> Exports(nint library) => name => NativeLibrary.TryGetExport(library, name, out nint address) ? address : 0;

    /// <summary>Stand-in for a missing driver function: CUDA_ERROR_NOT_SUPPORTED.</summary>
    public static nint MissingDriver => (nint)(delegate* unmanaged<CuResult>)&DriverNotSupported;

    /// <summary>Stand-in for a missing cuBLAS function: CUBLAS_STATUS_NOT_SUPPORTED.</summary>
    public static nint MissingBlas => (nint)(delegate* unmanaged<CublasStatus>)&BlasNotSupported;

    /// <summary>Stand-in for a missing cuDNN function: CUDNN_STATUS_NOT_SUPPORTED of release 9.</summary>
    public static nint MissingDnn => (nint)(delegate* unmanaged<int>)&DnnNotSupported;

    [UnmanagedCallersOnly]
    private static CuResult DriverNotSupported() => CuResult.NotSupported;

    [UnmanagedCallersOnly]
    private static CublasStatus BlasNotSupported() => CublasStatus.NotSupported;

    [UnmanagedCallersOnly]
    private static int DnnNotSupported() => CudnnStatus.Encode(CudnnCategory.NotSupported, 90000);
}
