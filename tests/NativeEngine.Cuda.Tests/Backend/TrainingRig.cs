using NativeEngine.Core;
using NativeEngine.Nn;
using NativeEngine.SoftGpu.Driver;

namespace NativeEngine.Cuda.Tests.Backend;

/// <summary>A small model in training on one backend; every rig with the same arguments sees the same weights and batches.</summary>
internal sealed class TrainingRig : IDisposable
{
    private readonly Model _model;
    private readonly Optimizer _optimizer;
    private readonly Tensor _images;
    private readonly Tensor _classes;
    private readonly Tensor _loss;

    public TrainingRig(IBackend backend, string model = "lenet", int batch = 4, string optimizer = "adam", int? imgSize = null)
    {
        Engine = new Engine(backend);
        _model = ModelCatalogue.Create(model, Engine, new ModelOptions { ImgSize = imgSize });
        _optimizer = OptimizerSettings.Catalogue.Create(optimizer).Create(ParameterGroup.Of(_model, 1e-4));
        var shape = _model.InputShape(batch);
        var random = new Random(3);
        var pixels = new float[shape.Count];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (float)(random.NextDouble() * 2 - 1);
        var classes = new int[batch];
        for (int i = 0; i < batch; i++)
            classes[i] = random.Next(_model.Settings.NumClasses);
        _images = Engine.From(pixels, shape).Keep();
        _classes = Engine.From(classes, [batch]).Keep();
        _loss = Engine.EmptyPersistent(Shape.Scalar);
    }

    public static SoftDevice Gpu(SoftGpuOptions? options = null) => new(options);

    public Engine Engine { get; }

    public CudaBackend Cuda => (CudaBackend)Engine.Backend;

    public SoftDevice Device => (SoftDevice)Cuda.Owned!;

    /// <summary>Queues forward, backward and update; the loss stays on the device.</summary>
    public void Queue(double learningRate = 1e-3)
    {
        using var step = Engine.BeginStep();
        _optimizer.ZeroGrad();
        Tensor? loss = null;
        for (int i = 0; i < Accumulate; i++)
        {
            loss = _model.Forward(_images).CrossEntropy(_classes);
            loss.Backward();
        }
        if (TakesTwoGradients)
        {
            _optimizer.Ascend();
            _optimizer.ZeroGrad();
            _model.Forward(_images).CrossEntropy(_classes).Backward();
        }
        _optimizer.Step(learningRate);
        Engine.Backend.Copy(loss!, _loss, GradMode.Overwrite);
    }

    /// <summary>Passes over the batch whose gradients are added up for one update.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>True for SAM: the gradient that counts is taken at a neighbouring point.</summary>
    public bool TakesTwoGradients { get; init; }

    /// <summary>All weights, one after the other.</summary>
    public float[] Weights() => [.. _model.NamedParameters().SelectMany(p => p.Tensor.ToArray<float>())];

    public float Loss() => _loss.ToArray<float>()[0];

    /// <summary>Runs steps and reads each loss.</summary>
    public float[] Losses(int steps) => [.. Enumerable.Range(0, steps).Select(_ =>
    {
        Queue();
        return Loss();
    })];

    public void Dispose() => Engine.Dispose();
}
