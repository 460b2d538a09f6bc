using NativeEngine.Core;
using NativeEngine.Cuda.Kernels.Checks;

namespace NativeEngine.Cuda.Kernels.Benchmarks;

/// <summary>The workloads of <c>kernels bench</c>: every kernel that costs time in training, one size each.</summary>
public static class KernelWorkloads
{
    private const int N = 1 << 19; // elements of the element-wise workloads
    private const int Batch = 64, Classes = 1000;
    private const int Pixels = 8192, Channels = 64; // a batch norm over 8192 pixels

    private static readonly ColumnPlan Columns = ColumnPlan.Create(Pixels, Channels);

    private static readonly QuadPlan Quads = QuadPlan.Create(Pixels, Channels);

    private static readonly PoolSizes Pool = PoolSizes.Create("max_pool2d", PoolMode.Max, [8, 64, 28, 28], (3, 3), (2, 2), (1, 1), false, false);
    private static readonly ConvSizes Image = ConvSizes.Create([4, 32, 14, 14], [64, 32, 3, 3], (1, 1), (1, 1), (1, 1), 1);

    /// <summary>All workloads.</summary>
    public static IReadOnlyList<KernelWorkload> All { get; } =
    [
        Unary(UnaryOp.Relu), Unary(UnaryOp.Gelu), Unary(UnaryOp.Sigmoid), UnaryBackward(UnaryOp.Relu), UnaryBackward(UnaryOp.Gelu),
        Add(), Dropout(), ImageBatch(), Sum(), TopK(), Gemm(), Conv(), ConvBackwardData(), ConvBackwardFilter(), MaxPool(), MaxPoolBackward(),
        BatchNormStats(), BatchNormForward(), BatchNormBackwardSums(), BatchNormBackward(), LayerNorm(), Softmax(), ClassLoss(ClassLossOp.CrossEntropy),
            ClassLoss(ClassLossOp.Focal), ClassLoss(ClassLossOp.Squared),
        Step(OptimizerRule.Sgd, 5, ", momentum"), Step(OptimizerRule.AdamW, 7), Step(OptimizerRule.AdaBound, 7), Step(OptimizerRule.RmsProp, 7, ", momentum"),
            Step(OptimizerRule.Adagrad, 5), Step(OptimizerRule.Adadelta, 7),
        Step(OptimizerRule.SamAscend, 4), LambDirection(), LambStep(), GradNorm(),
    ];

    private static KernelWorkload Unary(UnaryOp op) => new(ElementwiseKernels.Forward(op), $"{N} elements", 8L * N, run =>
    {
        CheckBuffer<float> x = run.Input("x", run.Random.Floats(N)), y = run.Output<float>("y", N);
        return () => run.Launch(ElementwiseKernels.Forward(op), LaunchShape.Elements(N, 4), new(x, y, N, 0, 0));
    });

    private static KernelWorkload UnaryBackward(UnaryOp op) => new(ElementwiseKernels.Backward(op), $"{N} elements", 12L * N, run =>
    {
        CheckBuffer<float> x = run.Input("saved", run.Random.Floats(N)), dy = run.Input("dy", run.Random.Floats(N)), dx = run.Output<float>("dx", N);
        return () => run.Launch(ElementwiseKernels.Backward(op), LaunchShape.Elements(N, 4), new(x, dy, dx, N, 0, 0, 0));
    });

    private static KernelWorkload Add() => new(ElementwiseKernels.Forward(BinaryOp.Add), $"{N} elements", 12L * N, run =>
    {
        CheckBuffer<float> a = run.Input("a", run.Random.Floats(N)), b = run.Input("b", run.Random.Floats(N)), y = run.Output<float>("y", N);
        return () => run.Launch(ElementwiseKernels.Forward(BinaryOp.Add), LaunchShape.Elements(N, 4), new(a, b, y, N));
    });

    private static KernelWorkload Dropout() => new(ElementwiseKernels.Dropout, $"{N} elements", 8L * N, run =>
    {
        CheckBuffer<float> x = run.Input("x", run.Random.Floats(N)), y = run.Output<float>("y", N);
        return () => run.Launch(ElementwiseKernels.Dropout, LaunchShape.Elements(N, 4),
            new(x, y, N, ElementwiseKernels.DropoutThreshold(0.5), 2, new(1, 2, 3), 0));
    });

    private static KernelWorkload ImageBatch()
    {
        const int images = 32, side = 64, count = images * 3 * side * side;
        return new(MemoryKernels.ImageBatch, $"{images} images 3x{side}x{side}", 5L * count, run =>
        {
            var pixels = run.Input<byte>("pixels", [.. run.Random.Integers(count, 256).Select(v => (byte)v)]);
            var place = run.Input("place", run.Random.Integers(images * 3, 2));
            CheckBuffer<float> mean = run.Input("mean", run.Random.Floats(3)), std = run.Input("std", run.Random.Floats(3, 0.2f, 0.3f)),
                y = run.Output<float>("y", count);
            return () => run.Launch(MemoryKernels.ImageBatch, LaunchShape.Elements(count),
                new(pixels, place, mean, std, y, new(images, 3, side, side, side, side, 0)));
        });
    }

    private static KernelWorkload Sum() => new(ReduceKernels.Sum, $"[{Pixels},{Channels}] over rows", 4L * Pixels * Channels, run =>
    {
        var plan = ReducePlan.Create(Channels, Pixels, true);
        CheckBuffer<float> x = run.Input("x", run.Random.Floats(Pixels * Channels)), y = run.Output<float>("y", Math.Max(Channels, plan.ScratchCount));
        return () => run.Launch(ReduceKernels.Sum, plan.First,
            new(x, y, KernelWalk.Create([Channels], [1]), KernelWalk.Create([Pixels], [Channels]), plan.FirstShape(1, false)));
    });

    private static KernelWorkload TopK() => new(ReduceKernels.TopK, $"[{Batch},{Classes}], k = 5", 4L * Batch * Classes, run =>
    {
        CheckBuffer<float> x = run.Input("x", run.Random.Floats(Batch * Classes)), values = run.Output<float>("values", Batch * 5);
        var index = run.Output<int>("index", Batch * 5);
        return () => run.Launch(ReduceKernels.TopK, LaunchShape.Rows(Batch, Classes), new(x, values, index, Batch, Classes, 5));
    });

    private static KernelWorkload Gemm()
    {
        const int n = 192;
        return new(GemmKernels.For(false, true), $"[{n},{n}] [{n},{n}]", 12L * n * n, run =>
        {
            CheckBuffer<float> a = run.Input("a", run.Random.Floats(n * n)), b = run.Input("b", run.Random.Floats(n * n)), c = run.Output<float>("c", n * n);
            return () => run.Launch(GemmKernels.For(false, true), GemmKernels.Shape(n, n, 1), new(a, b, 0, c, new(n, n, n, 0, 0), 0));
        });
    }

    private static string ConvSize => $"{Image.Input} * {Image.Filter}";

    private static long ConvBytes => 4 * (Image.Input.Count + Image.Filter.Count + Image.Output.Count);

    private static KernelWorkload Conv() => new(ConvKernels.TiledForward, ConvSize, ConvBytes, run =>
    {
        CheckBuffer<float> x = run.Input("x", run.Random.Floats(Image.Input.Count)), w = run.Input("w", run.Random.Floats(Image.Filter.Count)),
            y = run.Output<float>("y", Image.Output.Count);
        return () => run.Launch(ConvKernels.TiledForward, ConvKernels.TiledForwardShape(Image), new(x, w, 0, y, Image));
    });

    private static KernelWorkload ConvBackwardData() => new(ConvKernels.TiledBackwardData, ConvSize, ConvBytes, run =>
    {
        CheckBuffer<float> dy = run.Input("dy", run.Random.Floats(Image.Output.Count)), w = run.Input("w", run.Random.Floats(Image.Filter.Count)),
            dx = run.Output<float>("dx", Image.Input.Count);
        return () => run.Launch(ConvKernels.TiledBackwardData, ConvKernels.TiledBackwardDataShape(Image), new(w, dy, dx, Image, 0));
    });

    private static KernelWorkload ConvBackwardFilter() => new(ConvKernels.TiledBackwardFilter, ConvSize, ConvBytes, run =>
    {
        var (chunk, chunks) = ConvKernels.FilterChunks(Image);
        CheckBuffer<float> x = run.Input("x", run.Random.Floats(Image.Input.Count)), dy = run.Input("dy", run.Random.Floats(Image.Output.Count)),
            partial = run.Output<float>("partial", Image.Filter.Count * chunks);
        return () => run.Launch(ConvKernels.TiledBackwardFilter, ConvKernels.TiledFilterShape(Image, chunks), new(x, dy, partial, Image, chunk, chunks));
    });

    private static KernelWorkload MaxPool() => new(ConvKernels.MaxPool, $"{Pool.Input} 3x3/2", 4 * (Pool.Input.Count + Pool.Output.Count), run =>
    {
        CheckBuffer<float> x = run.Input("x", run.Random.Floats(Pool.Input.Count)), y = run.Output<float>("y", Pool.Output.Count);
        return () => run.Launch(ConvKernels.MaxPool, ConvKernels.PoolingShape(Pool.Output), new(x, y, Pool));
    });

    private static KernelWorkload MaxPoolBackward() =>
        new(ConvKernels.MaxPoolGradient, $"{Pool.Input} 3x3/2", 8 * (Pool.Input.Count + Pool.Output.Count), run =>
    {
        CheckBuffer<float> x = run.Input("x", run.Random.Floats(Pool.Input.Count)), y = run.Output<float>("y", Pool.Output.Count),
            dy = run.Input("dy", run.Random.Floats(Pool.Output.Count)), dx = run.Output<float>("dx", Pool.Input.Count);
        run.Launch(ConvKernels.MaxPool, ConvKernels.PoolingShape(Pool.Output), new(x, y, Pool));
        return () => run.Launch(ConvKernels.MaxPoolGradient, ConvKernels.PoolingShape(Pool.Input), new(x, y, dy, dx, Pool, 0));
    });

    private static CheckBuffer<float> PerChannel(KernelCheckRun run, string name) => run.Input(name, run.Random.Floats(Channels, 0.5f, 1.5f));

    private static CheckBuffer<float> Activations(KernelCheckRun run, string name) => run.Input(name, run.Random.Floats(Pixels * Channels));

    private static KernelWorkload BatchNormStats() => new(NormKernels.BatchNormStatsKernel, $"[{Pixels},{Channels}]", 4L * Pixels * Channels, run =>
    {
        var x = Activations(run, "x");
        CheckBuffer<double> mean = run.Output<double>("mean", Columns.ScratchCount), m2 = run.Output<double>("m2", Columns.ScratchCount);
        return () => run.Launch(NormKernels.BatchNormStatsKernel, Columns.Launch, new(x, mean, m2, Columns.Shape));
    });

    private static KernelWorkload BatchNormForward() =>
        new(NormKernels.BatchNormForwardKernel, $"[{Pixels},{Channels}], residual, relu", 12L * Pixels * Channels, run =>
    {
        CheckBuffer<float> x = Activations(run, "x"), residual = Activations(run, "residual"), y = run.Output<float>("y", Pixels * Channels);
        CheckBuffer<float> weight = PerChannel(run, "weight"), bias = PerChannel(run, "bias"), mean = PerChannel(run, "mean"),
            inverse = PerChannel(run, "inv_std");
        return () => run.Launch(NormKernels.BatchNormForwardKernel, Quads.Launch,
            new(x, residual, weight, bias, mean, inverse, y, Pixels, Channels, 1, Quads.Width));
    });

    private static KernelWorkload BatchNormBackwardSums() =>
        new(NormKernels.BatchNormBackwardSumsKernel, $"[{Pixels},{Channels}], relu", 12L * Pixels * Channels, run =>
    {
        CheckBuffer<float> x = Activations(run, "x"), y = Activations(run, "y"), dy = Activations(run, "dy"), mean = PerChannel(run, "mean"),
            inverse = PerChannel(run, "inv_std");
        CheckBuffer<double> first = run.Output<double>("sum_dy", Columns.ScratchCount), second = run.Output<double>("sum_dy_xhat", Columns.ScratchCount);
        return () => run.Launch(NormKernels.BatchNormBackwardSumsKernel, Columns.Launch, new(x, y, dy, mean, inverse, first, second, Columns.Shape, 1));
    });

    private static KernelWorkload BatchNormBackward() =>
        new(NormKernels.BatchNormBackwardKernel, $"[{Pixels},{Channels}], relu", 16L * Pixels * Channels, run =>
    {
        CheckBuffer<float> x = Activations(run, "x"), y = Activations(run, "y"), dy = Activations(run, "dy"), dx = run.Output<float>("dx", Pixels * Channels);
        CheckBuffer<float> weight = PerChannel(run, "weight"), mean = PerChannel(run, "mean"), inverse = PerChannel(run, "inv_std");
        CheckBuffer<double> first = run.Input("sum_dy", new double[Channels]), second = run.Input("sum_dy_xhat", new double[Channels]);
        return () => run.Launch(NormKernels.BatchNormBackwardKernel, Quads.Launch,
            new(x, y, dy, weight, mean, inverse, first, second, dx, 0, Pixels, Channels, 1, 1, 0, 0, Quads.Width));
    });

    private static KernelWorkload LayerNorm()
    {
        const int rows = 16384, columns = 96;
        return new(NormKernels.GroupNormForwardKernel, $"[{rows},{columns}] rows", 8L * rows * columns, run =>
        {
            CheckBuffer<float> x = run.Input("x", run.Random.Floats(rows * columns)), weight = run.Input("weight", run.Random.Floats(columns)),
                bias = run.Input("bias", run.Random.Floats(columns));
            CheckBuffer<float> y = run.Output<float>("y", rows * columns), mean = run.Output<float>("saved_mean", rows),
                inverse = run.Output<float>("saved_inv_std", rows);
            return () => run.Launch(NormKernels.GroupNormForwardKernel, NormKernels.GroupNormShape(new(rows, 1, columns, 1)),
                new(x, weight, bias, y, mean, inverse, new(rows, 1, columns, 1), 1e-5f));
        });
    }

    private static KernelWorkload Softmax()
    {
        const int rows = 512;
        return new(NormKernels.SoftmaxForwardKernel(false), $"[{rows},{Classes}]", 8L * rows * Classes, run =>
        {
            CheckBuffer<float> x = run.Input("x", run.Random.Floats(rows * Classes)), y = run.Output<float>("y", rows * Classes);
            return () => run.Launch(NormKernels.SoftmaxForwardKernel(false), LaunchShape.Rows(rows, Classes), new(x, y, new(rows, Classes, 1)));
        });
    }

    private static KernelWorkload ClassLoss(ClassLossOp op)
    {
        const int rows = 256;
        bool smooths = op == ClassLossOp.CrossEntropy;
        return new(LossKernels.For(op), $"[{rows},{Classes}]{(smooths ? ", smoothing 0.1" : "")}", 8L * rows * Classes, run =>
        {
            CheckBuffer<float> x = run.Input("logits", run.Random.Floats(rows * Classes)), losses = run.Output<float>("losses", rows),
                dx = run.Output<float>("d_logits", rows * Classes);
            var target = run.Input("target", run.Random.Integers(rows, Classes));
            return () => run.Launch(LossKernels.For(op), LossKernels.LaunchFor(op, rows, Classes),
                new(x, target, 0, 0, losses, dx, new(rows, Classes, -100, smooths ? 0.1f : 0, Gamma: 2)));
        });
    }

    private static (CheckBuffer<OptimKernels.TableRow> Table, long Chunks) Slot(KernelCheckRun run)
    {
        CheckBuffer<float> State(int k) => run.InOut($"state{k}", run.Random.Floats(N, 0.1f, 1));
        CheckBuffer<float> param = run.InOut("param", run.Random.Floats(N)), grad = run.Input("grad", run.Random.Floats(N));
        return (run.Input<OptimKernels.TableRow>("slots",
            [new(param.Address, grad.Address, State(1).Address, State(2).Address, State(3).Address, N, 0, 0.01f, 1)]), OptimKernels.NextChunk(0, N));
    }

    private static OptimizerArgs Args(OptimizerRule rule) =>
        new(rule, 1e-3, 10)
        {
            Momentum = 0.9, Beta1 = 0.9, Beta2 = 0.999, Eps = 1e-8, MomentFactor = 1, RootFactor = 1, LowerRate = 0.1, UpperRate = 2,
            Rho = 0.05
        };

    // tensors = how many tensors of the parameters' size the rule must read and write.
    private static KernelWorkload Step(OptimizerRule rule, int tensors, string detail = "") =>
        new(OptimKernels.For(rule), $"{N} parameters{detail}", 4L * tensors * N, run =>
    {
        var (table, chunks) = Slot(run);
        var norm = run.Input("norm", [1f, 0f]);
        return () => run.Launch(OptimKernels.For(rule), OptimKernels.Shape(chunks),
            new(table, 1, chunks, OptimKernels.Chunk, OptimKernels.StepSettings.From(Args(rule)), norm));
    });

    private static KernelWorkload LambDirection() => new(OptimKernels.LambDirectionKernel, $"{N} parameters", 28L * N, run =>
    {
        var (table, chunks) = Slot(run);
        var squares = run.Output<double>("squares", 2 * chunks);
        return () => run.Launch(OptimKernels.LambDirectionKernel, OptimKernels.Shape(chunks),
            new(table, 1, chunks, OptimKernels.Chunk, OptimKernels.StepSettings.From(Args(OptimizerRule.Lamb)), 0, squares));
    });

    private static KernelWorkload LambStep() => new(OptimKernels.LambStepKernel, $"{N} parameters", 12L * N, run =>
    {
        var (table, chunks) = Slot(run);
        var trust = run.Input("trust", [1f]);
        return () => run.Launch(OptimKernels.LambStepKernel, OptimKernels.Shape(chunks),
            new(table, 1, chunks, OptimKernels.Chunk, OptimKernels.StepSettings.From(Args(OptimizerRule.Lamb)), 0, trust));
    });

    private static KernelWorkload GradNorm() => new(OptimKernels.GradNormKernel, $"{N} gradients", 4L * N, run =>
    {
        var (table, chunks) = Slot(run);
        CheckBuffer<double> squares = run.Output<double>("squares", chunks), bad = run.Output<double>("bad", chunks);
        return () => run.Launch(OptimKernels.GradNormKernel, OptimKernels.Shape(chunks), new(table, 1, chunks, OptimKernels.Chunk, squares, bad));
    });
}
