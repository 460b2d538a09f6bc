using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Verify;

/// <summary>Replays reference cases on an engine and compares what comes out with what the case expects.</summary>
public static class CaseReplay
{
    /// <summary>
    /// Replays one case. A case that contradicts itself (a missing tensor, shapes that do not fit) is a <see cref="DataException"/>.
    /// </summary>
    public static CaseOutcome Run(Engine engine, ReferenceCase reference)
    {
        try
        {
            using var step = engine.BeginStep();
            var comparisons = reference.Kind switch
            {
                "op" => OpReplay.Run(engine, reference),
                "loss" => LossReplay.Run(engine, reference),
                "optimizer" => OptimizerReplay.Run(engine, reference),
                "schedule" => ScheduleReplay.Run(reference),
                "image" => ImageReplay.Run(reference),
                "model" => ModelReplay.Run(engine, reference),
                _ => throw new UnsupportedCaseException($"kind '{reference.Kind}'"),
            };
            if (comparisons.Count == 0)
                throw new DataException("nothing is expected: no tensor out.* or grad.*");
            return new CaseOutcome(reference.Name, comparisons.All(c => c.Passed) ? CaseStatus.Pass : CaseStatus.Fail, reference.Tolerance, comparisons, "");
        }
        catch (UnsupportedCaseException e)
        {
            return new CaseOutcome(reference.Name, CaseStatus.Unsupported, reference.Tolerance, [], e.Message);
        }
        catch (Exception e) when (e is ShapeException or UsageException or CheckpointException or OverflowException or DataException
                or InvalidOperationException
            or IndexOutOfRangeException)
        {
            // The engine refused the arguments: the case contradicts itself.
            throw new DataException($"case {reference.Name}: {e.Message}", e);
        }
    }

    /// <summary>A device tensor of an input: floats in the backend's type, integers as Int32.</summary>
    internal static Tensor Upload(Engine engine, HostTensor host, string name, bool persistent = false)
    {
        var shape = Shape.Create(host.Shape);
        DType? type = host.Type.IsFloat() ? null : DType.Int32;
        var tensor = persistent ? engine.EmptyPersistent(shape, type) : engine.Empty(shape, type);
        if (type is null)
        {
            tensor.CopyFrom<double>(host.ToDoubles());
            return tensor;
        }

        var values = host.ToLongs();
        if (Array.Exists(values, v => v is < int.MinValue or > int.MaxValue))
            throw new DataException($"tensor {name}: a value is outside 32 bits");
        tensor.CopyFrom<long>(values);
        return tensor;
    }

    internal static Comparison Compare(ReferenceCase reference, string name, HostTensor expected, Shape shape, double[] got)
    {
        if (!expected.Shape.AsSpan().SequenceEqual(shape.AsSpan()))
            return Comparison.Mismatch(name, $"expected shape [{string.Join(',', expected.Shape)}], got {shape}");
        return Comparison.Of(name, shape, expected.ToDoubles(), got, reference.Tolerance);
    }

    internal static Comparison Compare(ReferenceCase reference, string name, HostTensor expected, Tensor got) =>
        Compare(reference, name, expected, got.Shape, got.ToArray<double>());
}
