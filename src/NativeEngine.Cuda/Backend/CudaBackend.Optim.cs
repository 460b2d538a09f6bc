using System.Runtime.InteropServices;
using NativeEngine.Core;
using NativeEngine.Cuda.Kernels;

namespace NativeEngine.Cuda;

public sealed unsafe partial class CudaBackend
{
    private readonly Dictionary<int, OptimizerTable> _optimizerTables = [];

    /// <inheritdoc/>
    public void GradNorm(IReadOnlyList<Tensor> grads, Tensor norm)
    {
        MakeCurrent();
        var rows = new OptimKernels.TableRow[grads.Count];
        long chunks = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = new(0, Address(grads[i]), 0, 0, 0, grads[i].Count, chunks, 0, 0);
            chunks = OptimKernels.NextChunk(chunks, grads[i].Count);
        }
        var table = UploadTable(rows, forNorm: true);
        CudaBuffer squares = _pool.Rent(chunks * sizeof(double)), bad = _pool.Rent(chunks * sizeof(double));
        Launch(OptimKernels.GradNormKernel, OptimKernels.Shape(chunks), new(table, rows.Length, chunks, OptimKernels.Chunk, squares.Address, bad.Address));
        Launch(OptimKernels.GradNormFinishKernel, LaunchShape.Single(Kernel.MaxBlock), new(squares.Address, bad.Address, chunks, Address(norm)));
        _pool.Return(squares);
        _pool.Return(bad);
    }

    /// <inheritdoc/>
    public void OptimizerStep(in OptimizerArgs args, IReadOnlyList<OptimizerSlot> slots, Tensor? norm)
    {
        MakeCurrent();
        var rows = new OptimKernels.TableRow[slots.Count];
        long chunks = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            var slot = slots[i];
            rows[i] = new(Address(slot.Param), Address(slot.Grad), AddressOrNull(slot.State1), AddressOrNull(slot.State2), AddressOrNull(slot.State3),
                slot.Param.Count, chunks, (float)slot.WeightDecay, (float)slot.LrScale);
            chunks = OptimKernels.NextChunk(chunks, slot.Param.Count);
        }
        if (chunks == 0)
            return;
        ulong table = UploadTable(rows, forNorm: false);
        var settings = OptimKernels.StepSettings.From(args);
        if (args.Rule == OptimizerRule.Lamb)
            Lamb(table, rows.Length, chunks, settings, norm);
        else
            Launch(OptimKernels.For(args.Rule), OptimKernels.Shape(chunks), new(table, rows.Length, chunks, OptimKernels.Chunk, settings, AddressOrNull(norm)));
    }

    /// <summary>Directions of all parameters, the trust ratio of each, then the descent.</summary>
    private void Lamb(ulong table, int slots, long chunks, in OptimKernels.StepSettings settings, Tensor? norm)
    {
        CudaBuffer squares = _pool.Rent(2 * chunks * sizeof(double)), trust = _pool.Rent((long)slots * sizeof(float));
        Launch(OptimKernels.LambDirectionKernel, OptimKernels.Shape(chunks),
            new(table, slots, chunks, OptimKernels.Chunk, settings, AddressOrNull(norm), squares.Address));
        Launch(OptimKernels.LambTrustKernel, OptimKernels.TrustShape(slots), new(table, slots, chunks, squares.Address, trust.Address));
        Launch(OptimKernels.LambStepKernel, OptimKernels.Shape(chunks),
            new(table, slots, chunks, OptimKernels.Chunk, settings, AddressOrNull(norm), trust.Address));
        _pool.Return(squares);
        _pool.Return(trust);
    }

    /// <summary>The table in device memory; uploaded only when an address or a setting differs from the last step.</summary>
    private ulong UploadTable(OptimKernels.TableRow[] rows, bool forNorm)
    {
        // Parameter groups step with tables of their own, so tables are kept by their length too.
        int key = rows.Length * 2 + (forNorm ? 1 : 0);
        if (_optimizerTables.TryGetValue(key, out var known) && known.Rows.AsSpan().SequenceEqual(rows))
            return known.Buffer.Address;
        var buffer = known.Buffer ?? _pool.RentApart((long)rows.Length * sizeof(OptimKernels.TableRow));
        _staging.Upload(buffer.Address, MemoryMarshal.AsBytes<OptimKernels.TableRow>(rows));
        _optimizerTables[key] = new OptimizerTable(buffer, rows);
        return buffer.Address;
    }

    /// <summary>What was recorded and never ran uploaded nothing: the tables are uploaded again when they are next used.</summary>
    private void ForgetTables()
    {
        foreach (int key in _optimizerTables.Keys.ToArray())
            _optimizerTables[key] = _optimizerTables[key] with { Rows = [] };
    }

    private readonly record struct OptimizerTable(CudaBuffer Buffer, OptimKernels.TableRow[] Rows);
}
