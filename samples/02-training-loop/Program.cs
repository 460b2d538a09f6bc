using System.Diagnostics;
using NativeEngine;
using NativeEngine.Core;
using NativeEngine.Data;
using NativeEngine.Nn;
using NativeEngine.Train;

// A training loop by hand: digits to 98 % and more, without the trainer.
const int batchSize = 128, epochs = 2;
using var engine = Engine.Open("auto");
var data = TrainingData.Load(new TrainOptions()); // MNIST, which comes with the checkout
var model = ModelCatalogue.Create("smallcnn", engine);
var optimizer = new AdamWSettings().Create(ParameterGroup.Of(model, weightDecay: 0.01));
var uploader = new BatchUploader(engine, data.Train);
long steps = epochs * (data.Train.Count / batchSize);
var clock = Stopwatch.StartNew();

for (int epoch = 0; epoch < epochs; epoch++)
{
    var plan = EpochPlan.Shuffled(data.Train.Count, batchSize, engine.Seed, epoch, dropLast: true);
    using var loader = new BatchLoader(data.Train, plan, new Augmentation(Shift: 2, FlipProbability: 0), engine.Seed, workers: 1);
    double sum = 0;
    while (loader.Next() is { } host)
    {
        using var step = engine.BeginStep(); // frees the activations of this step
        engine.StepNumber = (uint)optimizer.StepCount; // another dropout mask in every step
        var batch = uploader.Upload(host);
        var loss = model.Forward(batch.Images).CrossEntropy(batch.Targets[0]);
        optimizer.ZeroGrad();
        loss.Backward();
        optimizer.Step(learningRate: 0.004 * (1 - ((double)optimizer.StepCount / steps)));
        sum += loss.Item();
    }

    Console.WriteLine($"epoch {epoch + 1}: mean loss {sum / plan.Batches:F4}, {clock.Elapsed.TotalSeconds:F1} s");
}

model.Eval();
int right = 0;
using (var loader = new BatchLoader(data.Eval, EpochPlan.InOrder(data.Eval.Count, 250), Augmentation.None, engine.Seed, workers: 1))
{
    while (loader.Next() is { } host)
    {
        using var step = engine.BeginStep();
        using var still = engine.NoGrad();
        var batch = uploader.Upload(host);
        int[] guesses = model.Forward(batch.Images).ArgMax(1).ToArray<int>();
        right += guesses.Zip(batch.Targets[0].ToArray<int>(), (guess, label) => guess == label ? 1 : 0).Sum();
    }
}

Console.WriteLine($"test: {100.0 * right / data.Eval.Count:F2} % of {data.Eval.Count} digits");
return right >= 0.98 * data.Eval.Count ? 0 : 1;
