using System.Reflection.Emit;
using NativeEngine.Cpu.Simd;

namespace NativeEngine.Cpu.Gemm;

/// <summary>
/// Writes the IL of one micro-kernel. In C#, for R rows and V vectors, all loops over i and v unrolled:
/// <code>
/// sum[i,v] = 0
/// for (; kc > 0; kc--)
/// {
///     right[v] = load(b + v * Width)
///     for each i: left = broadcast(A(i)); sum[i,v] = left * right[v] + sum[i,v]
///     a += 1 (or lda); b += ldb
/// }
/// for each i: { if (accumulate) sum[i,v] += load(c + v * Width); store(c + v * Width, sum[i,v]); c += ldc }
/// </code>
/// </summary>
internal sealed class KernelEmitter(ILGenerator il, VectorType vector, KernelFamily family, int rows, int vectors, bool edge)
{
    private const short A = 0, Lda = 1, B = 2, Ldb = 3, C = 4, Ldc = 5, Kc = 6, Accumulate = 7, MaskPointer = 8;

    private readonly LocalBuilder[,] _sum = new LocalBuilder[rows, vectors];
    private readonly LocalBuilder[] _right = new LocalBuilder[vectors];
    private LocalBuilder _left = null!;

    public void Emit()
    {
        Declare();
        EmitLoop();
        Label overwrite = il.DefineLabel();
        il.Emit(OpCodes.Ldarg, Accumulate);
        il.Emit(OpCodes.Brfalse, overwrite);
        EmitResult(add: true);
        il.Emit(OpCodes.Ret);
        il.MarkLabel(overwrite);
        EmitResult(add: false);
        il.Emit(OpCodes.Ret);
    }

    private void Declare()
    {
        for (int i = 0; i < rows; i++)
        {
            for (int v = 0; v < vectors; v++)
            {
                _sum[i, v] = il.DeclareLocal(vector.Type);
                vector.EmitZero(il, _sum[i, v]);
            }
        }
        for (int v = 0; v < vectors; v++) _right[v] = il.DeclareLocal(vector.Type);
        _left = il.DeclareLocal(vector.Type);
    }

    private void EmitLoop()
    {
        Label body = il.DefineLabel(), test = il.DefineLabel();
        il.Emit(OpCodes.Br, test);
        il.MarkLabel(body);
        for (int v = 0; v < vectors; v++)
        {
            EmitAddress(B, v * vector.Width);
            vector.EmitLoad(il);
            il.Emit(OpCodes.Stloc, _right[v]);
        }
        for (int i = 0; i < rows; i++)
        {
            EmitAddress(A, family == KernelFamily.RowGathered ? i * MicroKernels.RowStride : i);
            vector.EmitBroadcast(il);
            il.Emit(OpCodes.Stloc, _left);
            for (int v = 0; v < vectors; v++) vector.EmitMultiplyAdd(il, _left, _right[v], _sum[i, v]);
        }
        if (family == KernelFamily.RowGathered)
        {
            EmitAdvance(A, 1);
            EmitAdvance(B, vectors * vector.Width);
        }
        else
        {
            EmitAdvanceBy(A, Lda);
            EmitAdvanceBy(B, Ldb);
        }
        il.Emit(OpCodes.Ldarg, Kc);
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Sub);
        il.Emit(OpCodes.Starg, Kc);
        il.MarkLabel(test);
        il.Emit(OpCodes.Ldarg, Kc);
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Bgt, body);
    }

    private void EmitResult(bool add)
    {
        LocalBuilder? mask = null, zero = null;
        if (edge)
        {
            mask = il.DeclareLocal(vector.Type);
            zero = il.DeclareLocal(vector.Type);
            il.Emit(OpCodes.Ldarg, MaskPointer);
            vector.EmitLoad(il);
            il.Emit(OpCodes.Stloc, mask);
            vector.EmitZero(il, zero);
        }
        for (int i = 0; i < rows; i++)
        {
            for (int v = 0; v < vectors; v++)
            {
                bool partial = edge && v == vectors - 1;
                if (add)
                {
                    EmitAddress(C, v * vector.Width);
                    if (partial) vector.EmitMaskLoad(il, mask!, zero!);
                    else vector.EmitLoad(il);
                    il.Emit(OpCodes.Ldloc, _sum[i, v]);
                    vector.EmitAdd(il);
                    il.Emit(OpCodes.Stloc, _sum[i, v]);
                }
                EmitAddress(C, v * vector.Width);
                if (partial) vector.EmitMaskStore(il, mask!, _sum[i, v]);
                else
                {
                    il.Emit(OpCodes.Ldloc, _sum[i, v]);
                    vector.EmitStore(il);
                }
            }
            if (i < rows - 1) EmitAdvanceBy(C, Ldc);
        }
    }

    private void EmitAddress(short pointer, int floats)
    {
        il.Emit(OpCodes.Ldarg, pointer);
        if (floats == 0) return;
        il.Emit(OpCodes.Ldc_I4, floats * sizeof(float));
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Add);
    }

    private void EmitAdvance(short pointer, int floats)
    {
        EmitAddress(pointer, floats);
        il.Emit(OpCodes.Starg, pointer);
    }

    private void EmitAdvanceBy(short pointer, short stride)
    {
        il.Emit(OpCodes.Ldarg, pointer);
        il.Emit(OpCodes.Ldarg, stride);
        il.Emit(OpCodes.Ldc_I4_4);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Mul);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Starg, pointer);
    }
}
