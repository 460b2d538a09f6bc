using NativeEngine.Core;

namespace NativeEngine.Nn;

public abstract partial class Module
{
    /// <summary>
    /// Host copies of all parameters and buffers under PyTorch's names and layouts, in PyTorch's order. Waits for the device.
    /// </summary>
    public StateDict StateDict()
    {
        EnsureInitialized();
        var state = new StateDict();
        foreach (var (name, tensor) in StateTensors())
            state.Add(name, HostTensor.From(tensor));
        return state;
    }

    /// <summary>
    /// Overwrites parameters and buffers by name. Nothing is written unless everything fits: missing, unexpected and differently shaped
    /// tensors are listed in one <see cref="CheckpointException"/>.
    /// </summary>
    /// <param name="state">Tensors under PyTorch's names and layouts.</param>
    /// <param name="source">Named in errors: the file.</param>
    /// <param name="partial">Takes what fits and leaves the rest as it is.</param>
    /// <returns>What was taken, and what did not fit.</returns>
    public LoadReport LoadState(StateDict state, string source = "state dict", bool partial = false)
    {
        var own = StateTensors().ToList();
        var report = LoadReport.Compare(own, state);
        if (!report.Complete && !partial)
            throw new CheckpointException(report.Describe(source));
        if (report.Loaded.Count < own.Count)
            EnsureInitialized(); // what the file lacks keeps its drawn values
        foreach (var (name, tensor) in own)
        {
            if (report.Loaded.Contains(name))
                (WeightValues.IsBatchCount(name) ? WeightValues.AsBatchCount(state[name]) : state[name]).CopyTo(tensor);
        }

        foreach (var module in Modules())
            module.BuffersWritten();
        if (!_hasParent)
            MarkInitialized();
        return report;
    }

    /// <summary>Parameters and buffers in the order of PyTorch's state dict.</summary>
    public IEnumerable<NamedTensor> StateTensors() =>
        Modules().SelectMany(m => m._parameters.Select(p => new NamedTensor(p.Name, p.Tensor)).Concat(m.OwnBuffers()));
}
