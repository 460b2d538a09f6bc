using NativeEngine.Core;
using NativeEngine.Cuda.Native;

namespace NativeEngine.Cuda;

public sealed unsafe partial class CudaBackend
{
    private readonly List<StepGraph> _graphs = [];
    private StepGraph? _capturing;

    /// <summary>
    /// A recorder for training steps: from the second run on, the whole step is recorded and launched as one CUDA graph. See <see cref="StepGraph"/>.
    /// </summary>
    public StepGraph CreateStepGraph()
    {
        var graph = new StepGraph(this);
        _graphs.Add(graph);
        return graph;
    }

    IStepGraph IBackend.CreateStepGraph() => CreateStepGraph();

    /// <summary>Why graphs cannot be used with this driver or these options, or null.</summary>
    internal string? GraphsUnavailable =>
        !_driver.Tables.Has(nameof(CudaDriverApi.cuStreamBeginCapture), nameof(CudaDriverApi.cuStreamEndCapture),
            nameof(CudaDriverApi.cuGraphInstantiateWithFlags), nameof(CudaDriverApi.cuGraphLaunch),
            nameof(CudaDriverApi.cuGraphExecDestroy), nameof(CudaDriverApi.cuGraphDestroy)) ? "the driver has no stream capture"
        // Making a graph anew for every step costs more than the launches it saves.
        : !_driver.Tables.Has(nameof(CudaDriverApi.cuGraphExecUpdate)) ? "the driver cannot update graphs; one for CUDA 12 can"
        : Options.SeparateAllocations ? "every tensor is a driver allocation of its own"
        : null;

    internal void BeginCapture(StepGraph graph)
    {
        MakeCurrent();
        // Relaxed: a segment the pool still needs may be allocated while the stream is recorded.
        _driver.Check(Api.cuStreamBeginCapture(_stream, CuCaptureMode.Relaxed), "cuStreamBeginCapture");
        (_capturing, _pool.IsCapturing) = (graph, true);
    }

    /// <summary>Ends the recording and launches what was recorded.</summary>
    /// <param name="exec">The executable graph of the last step, or 0; replaced when it cannot take the new parameters.</param>
    internal void LaunchCapture(ref nint exec)
    {
        (_capturing, _pool.IsCapturing) = (null, false);
        try
        {
            Launch(ref exec);
        }
        catch
        {
            ForgetTables();
            throw;
        }
        _staging.GraphLaunched();
        _readbacks.GraphLaunched();
    }

    private void Launch(ref nint exec)
    {
        nint graph;
        _driver.Check(Api.cuStreamEndCapture(_stream, &graph), "cuStreamEndCapture");
        if (exec != 0 && !TryUpdate(exec, graph))
        {
            _ = Api.cuGraphExecDestroy(exec);
            exec = 0;
        }
        if (exec == 0)
        {
            nint made;
            _driver.Check(Api.cuGraphInstantiateWithFlags(&made, graph, 0), "cuGraphInstantiateWithFlags");
            exec = made;
        }
        _ = Api.cuGraphDestroy(graph);
        _driver.Check(Api.cuGraphLaunch(exec, _stream), "cuGraphLaunch");
    }

    internal void Forget(StepGraph graph, nint exec)
    {
        _ = Api.cuCtxSetCurrent(_context);
        if (exec != 0)
            _ = Api.cuGraphExecDestroy(exec);
        _graphs.Remove(graph);
    }

    private bool TryUpdate(nint exec, nint graph)
    {
        CuGraphExecUpdateResult result;
        return Api.cuGraphExecUpdate(exec, graph, &result) == CuResult.Success;
    }

    /// <summary>
    /// Something that cannot be recorded: what was recorded runs now, and the rest of the step goes on eagerly. With
    /// <paramref name="once"/> the next step can be recorded again.
    /// </summary>
    private void BreakCapture(string reason, bool once = false) => _capturing?.Break(reason, once);

    /// <summary>Launches what a step recorded before it failed; that this fails too, perhaps for the same reason, is not said over the step's own
    /// error.</summary>
    internal void LaunchFailedCapture(ref nint exec)
    {
        try
        {
            LaunchCapture(ref exec);
        }
        catch (EngineException)
        {
            _staging.GraphLaunched();
            _readbacks.GraphLaunched();
        }
    }

    private void AbandonCapture()
    {
        if (_capturing is null)
            return;
        nint graph;
        (_capturing, _pool.IsCapturing) = (null, false);
        if (Api.cuStreamEndCapture(_stream, &graph) == CuResult.Success)
            _ = Api.cuGraphDestroy(graph);
    }
}
