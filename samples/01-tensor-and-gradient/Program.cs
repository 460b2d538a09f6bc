using NativeEngine;
using NativeEngine.Core;

// y = Σ tanh(x·w): the gradient by autograd and by a difference.
using var engine = Engine.Open("auto");
using var step = engine.BeginStep(); // owns every tensor that is made in it

var x = engine.From([0.5f, -1, 2, 0.25f, 1, -0.5f], [2, 3]);
x.Keep(); // it is needed after backward, which frees what it has read
var w = engine.From([0.1f, 0.2f, -0.3f, 0.4f, 0.5f, -0.6f], [3, 2]);
w.RequiresGrad = true;

var y = x.MatMul(w).Tanh().Sum();
y.Backward();
float[] gradient = w.Grad!.ToArray<float>();
Console.WriteLine($"y = {y.Item():F5} on {engine.Backend.Name}");
Console.WriteLine($"dy/dw = [{string.Join(", ", gradient.Select(g => g.ToString("F4")))}]");

double At(double first)
{
    var moved = engine.From([(float)first, 0.2f, -0.3f, 0.4f, 0.5f, -0.6f], [3, 2]);
    return x.MatMul(moved).Tanh().Sum().Item();
}

Console.WriteLine($"by a difference, dy/dw[0,0] = {(At(0.11) - At(0.09)) / 0.02:F4}");
