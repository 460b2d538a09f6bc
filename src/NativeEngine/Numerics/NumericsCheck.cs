using NativeEngine.Core;
using NativeEngine.Cpu;
using NativeEngine.Cuda;
using NativeEngine.Nn;
using NativeEngine.Verify;

namespace NativeEngine;

/// <summary>Convolutions, products and batch norms of a model's real sizes, forward and backward, on a device against the CPU.</summary>
public sealed class NumericsCheck : IDisposable
{
    /// <summary>TF32 keeps 10 bits of the inputs' mantissas.</summary>
    private static readonly Tolerance Tf32 = new(4e-3, 4e-3);

    private const double Momentum = 0.1;

    private readonly Engine _cpu = new(new CpuBackend());
    private readonly Engine _device;
    private readonly CudaBackend? _cuda;
    private readonly Dictionary<(string Operation, int? Algorithm), NumericsVerdict> _verdicts = [];
    private uint _draws;

    /// <summary>Checks the device of an engine, which stays the caller's.</summary>
    public NumericsCheck(Engine device) => (_device, _cuda) = (device, device.Backend as CudaBackend);

    /// <summary>Everything found so far, in the order it was first met.</summary>
    public IReadOnlyCollection<NumericsVerdict> Verdicts => _verdicts.Values;

    /// <summary>Runs all sizes.</summary>
    /// <param name="shapes">The sizes.</param>
    /// <param name="progress">Told what is being computed.</param>
    public void Run(ModelShapes shapes, Action<string> progress)
    {
        foreach (var (sizes, bias) in shapes.Convolutions)
        {
            progress($"convolution {sizes}");
            Convolution(sizes, bias);
        }

        foreach (var (sizes, bias) in shapes.Products)
        {
            progress($"product {Describe(sizes)}");
            Product(sizes, bias);
        }

        foreach (var sizes in shapes.BatchNorms)
        {
            progress($"batch norm {Describe(sizes)}");
            BatchNorm(sizes);
        }
    }

    public void Dispose() => _cpu.Dispose();

    private void Convolution(ConvSizes s, bool bias)
    {
        using var host = _cpu.BeginStep();
        using var step = _device.BeginStep();
        Pair x = Draw(s.Input), w = Draw(s.Filter), dy = Draw(s.Output);
        var b = bias ? Draw([s.K]) : null;
        Pair y = Empty(s.Output), dx = Empty(s.Input), dw = Empty(s.Filter);
        Both(y, (e, at) => e.ConvForward(s, at(x)!, at(w)!, b is null ? null : at(b), at(y)!));
        Judge("convolution forward", null, s.ToString(), y, Tolerances.Conv);
        Both(dx, (e, at) => e.ConvBackwardData(s, at(w)!, at(dy)!, new GradTarget(at(dx), GradMode.Overwrite)));
        Judge("convolution backward data", null, s.ToString(), dx, Tolerances.Conv);
        Both(dw, (e, at) => e.ConvBackwardFilter(s, at(x)!, at(dy)!, new GradTarget(at(dw), GradMode.Overwrite)));
        Judge("convolution backward filter", null, s.ToString(), dw, Tolerances.Conv);
        if (_cuda is null)
            return;
        _cpu.Backend.ConvForward(s, x.Host, w.Host, null, y.Host);
        foreach (var (pass, output) in new[] { (ConvPass.Forward, y), (ConvPass.BackwardData, dx), (ConvPass.BackwardFilter, dw) })
        {
            foreach (int algorithm in _cuda.ConvolutionAlgorithms(pass, s))
            {
                _cuda.Fill(output.Device, double.NaN);
                var (px, pw, py) = pass switch
                {
                    ConvPass.Forward => (x.Device, w.Device, output.Device),
                    ConvPass.BackwardData => (output.Device, w.Device, dy.Device),
                    _ => (x.Device, output.Device, dy.Device),
                };
                _cuda.Convolve(pass, algorithm, s, px, pw, py);
                Judge(NameOf(pass), algorithm, s.ToString(), output, Tolerances.Conv);
            }
        }
    }

    private void Product(GemmSizes s, bool bias)
    {
        using var host = _cpu.BeginStep();
        using var step = _device.BeginStep();
        Pair a = Draw(Operand(s.Batch, s.StrideA, s.M, s.K)), b = Draw(Operand(s.Batch, s.StrideB, s.K, s.N)), c = Empty([s.Batch, s.M, s.N]);
        var added = bias ? Draw([s.N]) : null;
        Both(c, (e, at) => e.Gemm(s, at(a)!, at(b)!, added is null ? null : at(added), new GradTarget(at(c), GradMode.Overwrite)));
        Judge("product", null, Describe(s), c, Tolerances.Gemm);
    }

    private void BatchNorm(BatchNormSizes s)
    {
        using var host = _cpu.BeginStep();
        using var step = _device.BeginStep();
        s = s with { Training = true, Momentum = Momentum };
        Shape shape = [s.Pixels, s.C];
        Pair x = Draw(shape), dy = Draw(shape), weight = Draw([s.C]), bias = Draw([s.C]), mean = Draw([s.C]), variance = Draw([s.C]);
        Pair y = Empty(shape), savedMean = Empty([s.C]), savedInvStd = Empty([s.C]), dx = Empty(shape), dWeight = Empty([s.C]), dBias = Empty([s.C]);
        Both(y, (e, at) => e.BatchNormForward(s, at(x)!, null, at(weight), at(bias), at(mean), at(variance), at(y)!, at(savedMean)!, at(savedInvStd)!));
        foreach (var output in new[] { y, mean, variance })
            Judge("batch norm forward", null, Describe(s), output, Tolerances.Norm);
        GradTarget To(Tensor? t) => new(t, GradMode.Overwrite);
        // Backward of both starts from the same outputs: an output that rounds to 0 on one device and just above on the other has no or all of its gradient
        // behind ReLU.
        foreach (var kept in new[] { y, savedMean, savedInvStd })
            Mirror(kept);
        Both(dx, (e, at) => e.BatchNormBackward(s, at(x)!, at(y)!, at(dy)!, at(weight), at(savedMean)!, at(savedInvStd)!, To(at(dx)), GradTarget.None,
            To(at(dWeight)), To(at(dBias))));
        foreach (var output in new[] { dx, dWeight, dBias })
            Judge("batch norm backward", null, Describe(s), output, Tolerances.Norm);
    }

    /// <summary>The name of a convolution pass in verdicts.</summary>
    public static string NameOf(ConvPass pass) => pass switch
    {
        ConvPass.Forward => "convolution forward",
        ConvPass.BackwardData => "convolution backward data",
        _ => "convolution backward filter",
    };

    private static string Describe(in GemmSizes s) =>
        $"[{s.M},{s.K}]{(s.TransA ? "^T" : "")} x [{s.K},{s.N}]{(s.TransB ? "^T" : "")}{(s.Batch > 1 ? $" batch {s.Batch}" : "")}";

    private static string Describe(in BatchNormSizes s) => $"[{s.Pixels},{s.C}]{(s.Relu ? " relu" : "")}";

    private static Shape Operand(int batch, long stride, int rows, int columns) => stride == 0 ? [rows, columns] : [batch, rows, columns];

    private void Judge(string operation, int? algorithm, string shape, Pair output, Tolerance tolerance)
    {
        if (_cuda?.Options.AllowTf32 == true && operation.StartsWith("batch norm", StringComparison.Ordinal) is false)
            tolerance = Tf32;
        var result = Comparison.Of(operation, output.Host.Shape, output.Host.ToArray<double>(), output.Device.ToArray<double>(), tolerance);
        var key = (operation, algorithm);
        var known = _verdicts.GetValueOrDefault(key) ?? new NumericsVerdict(operation, algorithm, 0, 0, 0, "");
        string detail = result.Excess > known.Excess ? $"{shape} at {result.Worst}: {result.Detail}" : known.Detail;
        _verdicts[key] = known with
        {
            Shapes = known.Shapes + 1,
            Wrong = known.Wrong + (result.Passed ? 0 : 1),
            Excess = Math.Max(known.Excess, result.Excess),
            Detail = detail
        };
    }

    /// <summary>Runs an operation on both devices; the device's output starts as NaN, so that what is not written shows.</summary>
    private void Both(Pair output, Action<IBackend, Func<Pair, Tensor?>> operation)
    {
        _device.Backend.Fill(output.Device, double.NaN);
        operation(_cpu.Backend, p => p.Host);
        operation(_device.Backend, p => p.Device);
    }

    private Pair Draw(Shape shape)
    {
        var key = new PhiloxKey(42, RandomStream.Synthetic, _draws++);
        var values = new float[shape.Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)Philox.Normal(key, (ulong)i);
        return new Pair(_cpu.From(values, shape), _device.From(values, shape));
    }

    private void Mirror(Pair pair)
    {
        var values = _device.From(pair.Host.ToArray<float>(), pair.Host.Shape);
        _device.Backend.Copy(values, pair.Device, GradMode.Overwrite);
    }

    private Pair Empty(Shape shape) => new(_cpu.Empty(shape), _device.Empty(shape));

    /// <summary>One tensor on both devices.</summary>
    private sealed record Pair(Tensor Host, Tensor Device);
}
