using NativeEngine;
using NativeEngine.Core;
using NativeEngine.Nn;

// A project that knows the packages alone. First: dotnet pack NativeEngine.sln -c Release -o artifacts/packages
using var engine = Engine.Open("cpu");
using var step = engine.BeginStep();
using var still = engine.NoGrad();
var model = ModelCatalogue.Create("resnet18_cifar", engine, new ModelOptions { NumClasses = 10 });
model.Eval();
var logits = model.Forward(engine.Zeros([1, 3, 32, 32]));
Console.WriteLine($"{model.Architecture} from {typeof(Engine).Assembly.GetName().Name} {typeof(Engine).Assembly.GetName().Version}: "
    + $"logits {logits.Shape}, {model.NamedParameters().Sum(p => p.Tensor.Shape.Count):N0} parameters");
return logits.ToArray<float>().All(float.IsFinite) ? 0 : 1;
