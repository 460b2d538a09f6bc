using NativeEngine.Core;
using NativeEngine.Nn;

namespace NativeEngine.Verify;

/// <summary>
/// Checks the gradients of a whole model under cross-entropy. In double on the reference: the directional derivative along random signs, for all
/// parameters together and for single ones, against (L(w + h·v) - L(w - h·v)) / 2h. On a float32 device: the gradient against the
/// reference's, and its own length against a difference along itself.
/// </summary>
public static class ModelGradCheck
{
    /// <summary>Parameters that get a direction of their own, besides the one through all of them.</summary>
    private const int SingleParameters = 6;

    /// <summary>Steps in double change the loss by about this share, so that differences keep ten digits whatever the curvature.</summary>
    private const double FineChange = 1e-6;

    /// <summary>No step in double is longer: hardly ever a ReLU or a maximum changes sides on the way.</summary>
    private const double LongestFineStep = 1e-8;

    /// <summary>Steps in float change the loss by about this share, well above its rounding.</summary>
    private const double CoarseChange = 1e-2;

    /// <summary>Deep nets: one ReLU flipped by rounding moves single elements of a float gradient by percents, its direction hardly.</summary>
    private const double FloatTolerance = 0.02;

    /// <summary>Runs the check in double precision.</summary>
    /// <param name="name">A model of the catalogue.</param>
    /// <param name="imgSize">Height and width of the images; null for the model's own. Smaller is faster: the reference uses plain loops.</param>
    /// <param name="batch">Images.</param>
    public static IReadOnlyList<Comparison> OnReference(string name, int? imgSize, int batch)
    {
        using var engine = new Engine(new ReferenceBackend());
        var probe = new Probe(engine, name, imgSize, batch);
        var gradients = probe.Gradients();
        var results = new List<Comparison>();
        var every = Enumerable.Range(0, gradients.Length).ToArray();
        results.Add(probe.Compare("all parameters", every, gradients, new Tolerance(2e-6, 1e-5)));
        foreach (int i in Philox.Permutation(probe.Key, gradients.Length).Take(SingleParameters))
            results.Add(probe.Compare(probe.Parameters[i].Name, [i], gradients, new Tolerance(2e-6, 1e-5)));
        return results;
    }

    /// <summary>Compares the gradients of a float device with the reference's and with a difference of its own losses.</summary>
    public static IReadOnlyList<Comparison> OnDevice(Engine engine, string name, int? imgSize, int batch)
    {
        using var reference = new Engine(new ReferenceBackend());
        var expected = new Probe(reference, name, imgSize, batch).Gradients();
        var probe = new Probe(engine, name, imgSize, batch);
        var got = probe.Gradients();
        double norm = Math.Sqrt(expected.Sum(g => g.Sum(v => v * v)));
        double distance = Math.Sqrt(expected.Zip(got, (a, b) => a.Zip(b, (x, y) => (x - y) * (x - y)).Sum()).Sum());
        double ownNorm = Math.Sqrt(got.Sum(g => g.Sum(v => v * v)));
        double step = Math.Min(1e-2, CoarseChange * probe.LastLoss / ownNorm);
        double slope = probe.Difference(Array.ConvertAll(got, g => Array.ConvertAll(g, v => v / ownNorm)), step);
        return
        [
            Comparison.Of("|gradient - reference| / |reference|", Shape.Scalar, [0], [distance / norm], new Tolerance(FloatTolerance, 0)),
            Comparison.Of("slope along the gradient / |gradient|", Shape.Scalar, [1], [slope / ownNorm], new Tolerance(0.05, 0)),
        ];
    }

    private sealed class Probe
    {
        private readonly Engine _engine;
        private readonly Model _model;
        private readonly int _batch;

        public Probe(Engine engine, string name, int? imgSize, int batch)
        {
            (_engine, _batch) = (engine, batch);
            _model = ModelCatalogue.Create(name, engine, new ModelOptions { ImgSize = imgSize, Drop = 0, DropPath = 0 });
            Parameters = _model.NamedParameters();
        }

        public IReadOnlyList<Parameter> Parameters { get; }

        /// <summary>The loss at the weights <see cref="Gradients"/> was asked for.</summary>
        public double LastLoss { get; private set; }

        public PhiloxKey Key => new(_engine.Seed, RandomStream.Synthetic, 1);

        public double[][] Gradients()
        {
            using var step = _engine.BeginStep();
            foreach (var parameter in Parameters)
                parameter.Tensor.ZeroGrad();
            var loss = Loss();
            LastLoss = loss.Item();
            loss.Backward();
            return [.. Parameters.Select(p => p.Tensor.Grad!.ToArray<double>())];
        }

        public Comparison Compare(string name, int[] which, double[][] gradients, Tolerance tolerance)
        {
            var direction = new double[gradients.Length][];
            double expected = 0;
            for (int i = 0; i < gradients.Length; i++)
            {
                direction[i] = new double[gradients[i].Length];
                if (!which.Contains(i))
                    continue;
                for (int k = 0; k < direction[i].Length; k++)
                {
                    direction[i][k] = Philox.Below(Key with { Step = 2 + (uint)i }, (ulong)k, 2) == 0 ? -1 : 1;
                    expected += direction[i][k] * gradients[i][k];
                }
            }

            double h = Math.Min(LongestFineStep, FineChange * LastLoss / Math.Abs(expected));
            return Comparison.Of($"{name} by differences", Shape.Scalar, [expected], [Difference(direction, h)], tolerance);
        }

        /// <summary>(L(w + h·v) - L(w - h·v)) / 2h; the weights are as before afterwards.</summary>
        public double Difference(double[][] direction, double h)
        {
            var start = Parameters.Select(p => p.Tensor.ToArray<double>()).ToArray();
            double up = At(h), down = At(-h);
            At(0);
            return (up - down) / (2 * h);

            double At(double distance)
            {
                using var step = _engine.BeginStep();
                using var still = _engine.NoGrad();
                for (int i = 0; i < start.Length; i++)
                    Parameters[i].Tensor.CopyFrom<double>(start[i].Select((w, k) => w + distance * direction[i][k]).ToArray());
                return Loss().Item();
            }
        }

        private Tensor Loss()
        {
            var shape = _model.InputShape(_batch);
            var pixels = new double[shape.Count];
            for (int i = 0; i < pixels.Length; i++)
                pixels[i] = (float)Philox.Normal(Key, (ulong)i);
            var target = _engine.From(Enumerable.Range(0, _batch).Select(i => i % _model.Settings.NumClasses).ToArray().AsSpan(), [_batch]);
            return _model.Forward(_engine.From(pixels.AsSpan(), shape)).CrossEntropy(target);
        }
    }
}
