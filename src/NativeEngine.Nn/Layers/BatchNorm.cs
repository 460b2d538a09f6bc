using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Batch normalisation per channel (Ioffe and Szegedy 2015) as PyTorch's: weight γ, bias β, running_mean, running_var and
/// num_batches_tracked. A residual and a ReLU can be fused in.
/// </summary>
public abstract class BatchNorm : Module
{
    private readonly int _rank;
    private readonly Tensor _weight, _bias, _runningMean, _runningVar, _batches;
    private long _untold; // training batches not yet added to num_batches_tracked, so that counting never waits for the device

    private protected BatchNorm(Engine engine, int features, double eps, double momentum, int rank) : base(engine)
    {
        (Features, Eps, Momentum, _rank) = (features, eps, momentum, rank);
        _weight = AddParameter("weight", [features], ParameterKind.Norm, Init.Constant(1));
        _bias = AddParameter("bias", [features], ParameterKind.Norm, Init.Constant(0));
        _runningMean = AddBuffer("running_mean", [features], 0);
        _runningVar = AddBuffer("running_var", [features], 1);
        _batches = AddBuffer("num_batches_tracked", Shape.Scalar, 0, DType.Int64);
    }

    /// <summary>Number of channels C.</summary>
    public int Features { get; }

    /// <summary>Added to the variance.</summary>
    public double Eps { get; }

    /// <summary>The share that a training pass gives its batch in the running statistics.</summary>
    public double Momentum { get; }

    /// <summary>True when statistics are left alone and used as in evaluation: the layer's parameters are frozen.</summary>
    public bool StatisticsFrozen { get; private set; }

    /// <summary>True when the next forward normalises by the statistics of its batch.</summary>
    internal bool UsesBatchStatistics => IsTraining && !StatisticsFrozen;

    /// <summary>True while training uses the statistics of the batch without adding them to the running ones.</summary>
    internal bool StatisticsPaused { get; set; }

    /// <summary>y = max(BN(x) + residual, 0) where each part is optional.</summary>
    /// <param name="x">[N, C] or [N, C, H, W]</param>
    /// <param name="relu">Applies max(·, 0) last.</param>
    /// <param name="residual">x's shape, or null</param>
    public Tensor Forward(Tensor x, bool relu, Tensor? residual = null) => Run(x, input => Normalize(input, relu, residual), residual);

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => Normalize(x, false, null);

    /// <inheritdoc/>
    protected override void FlushBuffers()
    {
        if (_untold == 0)
            return;
        _batches.CopyFrom<long>([_batches.ToArray<long>()[0] + _untold]);
        _untold = 0;
    }

    /// <inheritdoc/>
    protected override void BuffersWritten() => _untold = 0;

    /// <inheritdoc/>
    protected override void FreezeChanged() => StatisticsFrozen = OwnParameters.All(p => p.Frozen);

    /// <summary>The layer in evaluation, y = scale·x + shift, both [C].</summary>
    private protected (Tensor Scale, Tensor Shift) ScaleAndShift()
    {
        var scale = _weight / (_runningVar + Eps).Sqrt();
        return (scale, _bias - _runningMean * scale);
    }

    private Tensor Normalize(Tensor x, bool relu, Tensor? residual)
    {
        if (x.Shape.Rank != _rank)
            throw new ShapeException("batch_norm", $"input {x.Shape}: expects {(_rank == 4 ? "[N,C,H,W]" : "[N,C]")}");
        bool training = UsesBatchStatistics;
        if (StatisticsPaused && training)
            return x.BatchNorm(_weight, _bias, null, null, true, Momentum, Eps, relu, residual);
        if (training)
            _untold++;
        return x.BatchNorm(_weight, _bias, _runningMean, _runningVar, training, Momentum, Eps, relu, residual);
    }
}
