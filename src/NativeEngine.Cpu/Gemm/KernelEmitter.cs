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
/// Image kernels run the loop over k once per row of the image: <c>for (; repeats > 0; repeats--) { loop; a += skipA; b += skipB }</c>.
/// </summary>
internal sealed class KernelEmitter(ILGenerator il, VectorType vector, in KernelShape shape)
{
    private const short A = 0, Lda = 1, B = 2, Ldb = 3, C = 4, Ldc = 5, Kc = 6, Accumulate = 7, MaskPointer = 8, Repeats = 9, SkipA = 10, SkipB = 11;

    private readonly KernelFamily _family = shape.Family;
    private readonly int _rows = shape.Rows, _vectors = shape.Vectors, _rowStep = shape.RowStep;
    private readonly bool _edge = shape.Edge;
    private readonly LocalBuilder[,] _sum = new LocalBuilder[shape.Rows, shape.Vectors];
    private readonly LocalBuilder[] _right = new LocalBuilder[shape.Vectors];
    private LocalBuilder? _mask, _zero;
    private LocalBuilder _left = null!;

    public void Emit()
    {
        Declare();
        if (_family == KernelFamily.ImageRows) EmitStart();
        if (_family is KernelFamily.ImageRows or KernelFamily.ImageColumns) EmitImageLoop();
        else EmitLoop();
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
        for (int i = 0; i < _rows; i++)
        {
            for (int v = 0; v < _vectors; v++)
            {
                _sum[i, v] = il.DeclareLocal(vector.Type);
                vector.EmitZero(il, _sum[i, v]);
            }
        }
        for (int v = 0; v < _vectors; v++) _right[v] = il.DeclareLocal(vector.Type);
        _left = il.DeclareLocal(vector.Type);
        if (_edge && _family == KernelFamily.ImageColumns) EmitMask();
    }

    /// <summary>Loads the mask of the last vector: before the loop only where the loop needs it, since the sums take nearly all registers.</summary>
    private void EmitMask()
    {
        _mask ??= il.DeclareLocal(vector.Type);
        _zero ??= il.DeclareLocal(vector.Type);
        il.Emit(OpCodes.Ldarg, MaskPointer);
        vector.EmitLoad(il);
        il.Emit(OpCodes.Stloc, _mask);
        vector.EmitZero(il, _zero);
    }

    /// <summary>The sums start from the row of the panel that comes before its k = 0.</summary>
    private void EmitStart()
    {
        for (int v = 0; v < _vectors; v++)
        {
            EmitAddress(B, v * vector.Width);
            vector.EmitLoad(il);
            il.Emit(OpCodes.Stloc, _right[v]);
            for (int i = 0; i < _rows; i++)
            {
                il.Emit(OpCodes.Ldloc, _right[v]);
                il.Emit(OpCodes.Stloc, _sum[i, v]);
            }
        }
        EmitAdvance(B, _vectors * vector.Width);
    }

    private void EmitImageLoop()
    {
        LocalBuilder count = il.DeclareLocal(typeof(nint));
        Label row = il.DefineLabel();
        il.MarkLabel(row);
        il.Emit(OpCodes.Ldarg, Kc);
        il.Emit(OpCodes.Stloc, count);
        EmitLoop();
        il.Emit(OpCodes.Ldloc, count);
        il.Emit(OpCodes.Starg, Kc);
        EmitAdvanceBy(A, SkipA);
        if (_family == KernelFamily.ImageColumns) EmitAdvanceBy(B, SkipB);
        EmitDecrement(Repeats);
        EmitBranchWhilePositive(Repeats, row);
    }

    private void EmitLoop()
    {
        Label body = il.DefineLabel(), test = il.DefineLabel();
        il.Emit(OpCodes.Br, test);
        il.MarkLabel(body);
        for (int v = 0; v < _vectors; v++)
        {
            EmitAddress(B, v * vector.Width);
            if (_edge && _family == KernelFamily.ImageColumns && v == _vectors - 1) vector.EmitMaskLoad(il, _mask!, _zero!);
            else vector.EmitLoad(il);
            il.Emit(OpCodes.Stloc, _right[v]);
        }
        for (int i = 0; i < _rows; i++)
        {
            EmitAddress(A, i * _rowStep);
            vector.EmitBroadcast(il);
            il.Emit(OpCodes.Stloc, _left);
            for (int v = 0; v < _vectors; v++) vector.EmitMultiplyAdd(il, _left, _right[v], _sum[i, v]);
        }
        if (_family is KernelFamily.RowGathered or KernelFamily.LongRows or KernelFamily.ImageRows)
        {
            EmitAdvance(A, 1);
            EmitAdvance(B, _vectors * vector.Width);
        }
        else
        {
            EmitAdvanceBy(A, Lda);
            EmitAdvanceBy(B, Ldb);
        }
        EmitDecrement(Kc);
        il.MarkLabel(test);
        EmitBranchWhilePositive(Kc, body);
    }

    private void EmitDecrement(short argument)
    {
        il.Emit(OpCodes.Ldarg, argument);
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Sub);
        il.Emit(OpCodes.Starg, argument);
    }

    private void EmitBranchWhilePositive(short argument, Label target)
    {
        il.Emit(OpCodes.Ldarg, argument);
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Bgt, target);
    }

    private void EmitResult(bool add)
    {
        if (_edge && _family != KernelFamily.ImageColumns) EmitMask();
        for (int i = 0; i < _rows; i++)
        {
            for (int v = 0; v < _vectors; v++)
            {
                bool partial = _edge && _family != KernelFamily.ImageColumns && v == _vectors - 1;
                if (add)
                {
                    EmitAddress(C, v * vector.Width);
                    if (partial) vector.EmitMaskLoad(il, _mask!, _zero!);
                    else vector.EmitLoad(il);
                    il.Emit(OpCodes.Ldloc, _sum[i, v]);
                    vector.EmitAdd(il);
                    il.Emit(OpCodes.Stloc, _sum[i, v]);
                }
                EmitAddress(C, v * vector.Width);
                if (partial) vector.EmitMaskStore(il, _mask!, _sum[i, v]);
                else
                {
                    il.Emit(OpCodes.Ldloc, _sum[i, v]);
                    vector.EmitStore(il);
                }
            }
            if (i < _rows - 1) EmitAdvanceBy(C, Ldc);
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
