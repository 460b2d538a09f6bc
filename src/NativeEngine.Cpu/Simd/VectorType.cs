using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NativeEngine.Cpu.Simd;

/// <summary>
/// What an emitted kernel needs to know about a vector of floats: its width and the methods that the JIT turns into single instructions.
/// A width of 1 stands for plain floats, so one kernel description serves every machine.
/// </summary>
internal sealed class VectorType
{
    private readonly MethodInfo? _create;
    private readonly MethodInfo? _multiplyAdd;
    private readonly MethodInfo? _add;
    private readonly MethodInfo? _maskLoad;
    private readonly MethodInfo? _maskStore;

    private VectorType(int width, Type type, Type? api, MethodInfo? maskLoad, MethodInfo? maskStore)
    {
        Width = width;
        Type = type;
        _maskLoad = maskLoad;
        _maskStore = maskStore;
        if (api == null) return;
        _create = api.GetMethod("Create", [typeof(float)]);
        _multiplyAdd = api.GetMethod("MultiplyAddEstimate", [type, type, type]);
        _add = type.GetMethod("op_Addition", [type, type]);
    }

    /// <summary>Floats per vector.</summary>
    public int Width { get; }

    /// <summary>Vector512&lt;float&gt; ... or float.</summary>
    public Type Type { get; }

    /// <summary>Whether the last vector of a row can be loaded and stored in part.</summary>
    public bool HasMasks => _maskStore != null;

    public static VectorType For(SimdLevel level) => level switch
    {
        SimdLevel.Vector512 => new VectorType(16, typeof(Vector512<float>), typeof(Vector512),
            typeof(Avx512F).GetMethod("MaskLoad", [typeof(float*), typeof(Vector512<float>), typeof(Vector512<float>)]),
            typeof(Avx512F).GetMethod("MaskStore", [typeof(float*), typeof(Vector512<float>), typeof(Vector512<float>)])),
        SimdLevel.Vector256 => new VectorType(8, typeof(Vector256<float>), typeof(Vector256),
            typeof(Avx).GetMethod("MaskLoad", [typeof(float*), typeof(Vector256<float>)]),
            typeof(Avx).GetMethod("MaskStore", [typeof(float*), typeof(Vector256<float>), typeof(Vector256<float>)])),
        SimdLevel.Vector128 => new VectorType(4, typeof(Vector128<float>), typeof(Vector128), null, null),
        _ => new VectorType(1, typeof(float), null, null, null),
    };

    /// <summary>Stack: address -> vector.</summary>
    public void EmitLoad(ILGenerator il)
    {
        if (Width == 1) il.Emit(OpCodes.Ldind_R4);
        else
        {
            il.Emit(OpCodes.Unaligned, (byte)4);
            il.Emit(OpCodes.Ldobj, Type);
        }
    }

    /// <summary>Stack: address, vector -> .</summary>
    public void EmitStore(ILGenerator il)
    {
        if (Width == 1) il.Emit(OpCodes.Stind_R4);
        else
        {
            il.Emit(OpCodes.Unaligned, (byte)4);
            il.Emit(OpCodes.Stobj, Type);
        }
    }

    /// <summary>Stack: address of a float -> vector with that float in every lane.</summary>
    public void EmitBroadcast(ILGenerator il)
    {
        il.Emit(OpCodes.Ldind_R4);
        if (_create != null) il.Emit(OpCodes.Call, _create);
    }

    /// <summary>Sets the local to zero.</summary>
    public void EmitZero(ILGenerator il, LocalBuilder local)
    {
        if (Width == 1)
        {
            il.Emit(OpCodes.Ldc_R4, 0f);
            il.Emit(OpCodes.Stloc, local);
        }
        else
        {
            il.Emit(OpCodes.Ldloca, local);
            il.Emit(OpCodes.Initobj, Type);
        }
    }

    /// <summary>Stack: x, y, z -> x * y + z, fused where the hardware has it.</summary>
    public void EmitMultiplyAdd(ILGenerator il, LocalBuilder x, LocalBuilder y, LocalBuilder sum)
    {
        il.Emit(OpCodes.Ldloc, x);
        il.Emit(OpCodes.Ldloc, y);
        if (_multiplyAdd != null)
        {
            il.Emit(OpCodes.Ldloc, sum);
            il.Emit(OpCodes.Call, _multiplyAdd);
        }
        else
        {
            il.Emit(OpCodes.Mul);
            il.Emit(OpCodes.Ldloc, sum);
            il.Emit(OpCodes.Add);
        }
        il.Emit(OpCodes.Stloc, sum);
    }

    /// <summary>Stack: x, y -> x + y.</summary>
    public void EmitAdd(ILGenerator il)
    {
        if (_add != null) il.Emit(OpCodes.Call, _add);
        else il.Emit(OpCodes.Add);
    }

    /// <summary>Stack: address -> vector whose lanes outside the mask are zero.</summary>
    public void EmitMaskLoad(ILGenerator il, LocalBuilder mask, LocalBuilder zero)
    {
        il.Emit(OpCodes.Ldloc, mask);
        if (_maskLoad!.GetParameters().Length == 3) il.Emit(OpCodes.Ldloc, zero); // AVX-512: lanes outside come from here
        il.Emit(OpCodes.Call, _maskLoad);
    }

    /// <summary>Writes the lanes of <paramref name="value"/> that the mask selects. Stack: address -> .</summary>
    public void EmitMaskStore(ILGenerator il, LocalBuilder mask, LocalBuilder value)
    {
        il.Emit(OpCodes.Ldloc, mask);
        il.Emit(OpCodes.Ldloc, value);
        il.Emit(OpCodes.Call, _maskStore!);
    }
}
