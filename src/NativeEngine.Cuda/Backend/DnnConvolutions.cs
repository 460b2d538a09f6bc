using System.Runtime.InteropServices;
using NativeEngine.Core;
using NativeEngine.Cuda.Native;

namespace NativeEngine.Cuda;

/// <summary>Convolutions through cuDNN's legacy API, channels-last. A plan is found once per shape and kept.</summary>
internal sealed unsafe class DnnConvolutions : IDisposable
{
    private const int ReasonBytes = 512;
    private const int MaxAlgorithms = 16; // an algorithm may be listed once for each kind of arithmetic

    private readonly CudaDriver _driver;
    private readonly CudaMemoryPool _pool;
    private readonly CudaOptions _options;
    private readonly nint _handle;
    private readonly nint _identity;
    private readonly nuint _version;
    private readonly Dictionary<ConvPlanKey, ConvPlan> _plans = [];
    private CudaBuffer? _workspace;
    private readonly HashSet<(ConvPass Pass, int Algorithm)> _banned = [];

    public DnnConvolutions(CudaDriver driver, nint stream, CudaMemoryPool pool, CudaOptions options)
    {
        (_driver, _pool, _options) = (driver, pool, options);
        _version = Api.cudnnGetVersion();
        nint handle, activation;
        Check(Api.cudnnCreate(&handle), "cudnnCreate");
        _handle = handle;
        Check(Api.cudnnSetStream(handle, stream), "cudnnSetStream");
        Check(Api.cudnnCreateActivationDescriptor(&activation), "cudnnCreateActivationDescriptor");
        _identity = activation;
        Check(Api.cudnnSetActivationDescriptor(activation, CudnnActivation.Identity, 0, 0), "cudnnSetActivationDescriptor");
    }

    /// <summary>Every plan found so far, for reports.</summary>
    public IEnumerable<(ConvPlanKey Key, ConvPlan Plan)> Plans => _plans.Select(static p => (p.Key, p.Value));

    /// <summary>Bytes of the workspace that the plans so far share.</summary>
    public long HeldBytes => _workspace?.Bytes ?? 0;

    /// <summary>cudnnGetVersion.</summary>
    public nuint Version => _version;

    private ref readonly CudnnApi Api => ref _driver.Tables.Dnn;

    /// <summary>True when the plan is there, so that the pass can run inside a capture.</summary>
    public bool IsPlanned(in ConvPlanKey key) => _plans.ContainsKey(key);

    /// <summary>The plan of a pass; <see cref="ConvPlan.Algo"/> is -1 when cuDNN does not take it.</summary>
    /// <param name="key">The pass.</param>
    /// <param name="x">Address of x (or dx).</param>
    /// <param name="w">Address of w (or dw).</param>
    /// <param name="y">Address of y (or dy).</param>
    public ConvPlan Plan(in ConvPlanKey key, ulong x, ulong w, ulong y)
    {
        if (_plans.TryGetValue(key, out var plan))
            return plan;
        plan = Describe(key.Sizes);
        _plans.Add(key, plan);
        Choose(key, plan, x, w, y);
        return plan;
    }

    /// <summary>y = conv(x, w).</summary>
    public void Forward(ConvPlan plan, ulong x, ulong w, ulong y)
    {
        float one = 1, zero = 0;
        ulong workspace = Workspace(plan.WorkspaceBytes);
        Check(Api.cudnnConvolutionForward(_handle, &one, plan.X, x, plan.W, w, plan.Conv, plan.Algo, workspace, (nuint)plan.WorkspaceBytes, &zero, plan.Y, y),
            "cudnnConvolutionForward");
    }

    /// <summary>y = conv(x, w) + bias; false when the library does not take it after all, which it only says when asked to compute. The plan
    /// remembers.</summary>
    public bool TryForwardWithBias(ConvPlan plan, ulong x, ulong w, ulong bias, ulong y)
    {
        float one = 1, zero = 0;
        ulong workspace = Workspace(plan.WorkspaceBytes);
        // z must be a valid pointer even though its factor is 0; y itself is the usual choice.
        int status = Api.cudnnConvolutionBiasActivationForward(_handle, &one, plan.X, x, plan.W, w, plan.Conv, plan.Algo, workspace,
            (nuint)plan.WorkspaceBytes, &zero, plan.Y, y, plan.Bias, bias, _identity, plan.Y, y);
        if (status != 0 && Category(status) == CudnnCategory.NotSupported)
        {
            (plan.Algo, plan.Refusal) = (-1, Describe(status));
            return false;
        }
        Check(status, "cudnnConvolutionBiasActivationForward");
        return true;
    }

    /// <summary>dx (+)= gradient.</summary>
    public void BackwardData(ConvPlan plan, ulong w, ulong dy, ulong dx, bool accumulate)
    {
        float one = 1, beta = accumulate ? 1 : 0;
        ulong workspace = Workspace(plan.WorkspaceBytes);
        Check(Api.cudnnConvolutionBackwardData(_handle, &one, plan.W, w, plan.Y, dy, plan.Conv, plan.Algo, workspace, (nuint)plan.WorkspaceBytes, &beta,
            plan.X, dx), "cudnnConvolutionBackwardData");
    }

    /// <summary>dw (+)= gradient.</summary>
    public void BackwardFilter(ConvPlan plan, ulong x, ulong dy, ulong dw, bool accumulate)
    {
        float one = 1, beta = accumulate ? 1 : 0;
        ulong workspace = Workspace(plan.WorkspaceBytes);
        Check(Api.cudnnConvolutionBackwardFilter(_handle, &one, plan.X, x, plan.Y, dy, plan.Conv, plan.Algo, workspace, (nuint)plan.WorkspaceBytes, &beta,
            plan.W, dw), "cudnnConvolutionBackwardFilter");
    }

    /// <summary>No plan takes this algorithm from now on; plans that do are found again.</summary>
    public void Ban(ConvPass pass, int algorithm)
    {
        _banned.Add((pass, algorithm));
        foreach (var (key, plan) in _plans.Where(p => p.Key.Pass == pass && p.Value.Algo == algorithm).ToArray())
        {
            plan.Destroy(Api);
            _plans.Remove(key);
        }
    }

    /// <summary>The algorithms a pass may take under the options, banned ones too.</summary>
    public IReadOnlyList<int> Candidates(ConvPass pass, in ConvSizes sizes)
    {
        var plan = Describe(sizes);
        var found = stackalloc CudnnAlgoPerf[MaxAlgorithms];
        int count = 0;
        int result = Ask(pass, plan, found, &count);
        plan.Destroy(Api);
        if (result != 0 && Category(result) != CudnnCategory.NotSupported)
            Check(result, $"search of an algorithm for {pass}", $"of {sizes}");
        var algorithms = new List<int>();
        for (int i = 0; i < count; i++)
        {
            if (IsAllowed(found[i]) && !algorithms.Contains(found[i].Algo))
                algorithms.Add(found[i].Algo);
        }
        return algorithms;
    }

    /// <summary>One pass with one algorithm, overwriting.</summary>
    public void Run(ConvPass pass, int algorithm, in ConvSizes sizes, ulong x, ulong w, ulong y)
    {
        var plan = Describe(sizes);
        try
        {
            nuint bytes = 0;
            Check(WorkspaceSize(pass, plan, algorithm, &bytes), "cudnnGetConvolutionWorkspaceSize", $"for algorithm {algorithm} of {pass}");
            (plan.Algo, plan.WorkspaceBytes) = (algorithm, (long)bytes);
            if (pass == ConvPass.Forward)
                Forward(plan, x, w, y);
            else if (pass == ConvPass.BackwardData)
                BackwardData(plan, w, y, x, accumulate: false);
            else
                BackwardFilter(plan, x, y, w, accumulate: false);
        }
        finally
        {
            plan.Destroy(Api);
        }
    }

    public void Dispose()
    {
        foreach (var plan in _plans.Values)
            plan.Destroy(Api);
        _plans.Clear();
        if (_workspace is not null)
            _pool.Return(_workspace);
        _ = Api.cudnnDestroyActivationDescriptor(_identity);
        _ = Api.cudnnDestroy(_handle);
    }

    /// <summary>
    /// One workspace for all calls, which follow each other on one stream, as large as the largest needs: taken anew for each call it would
    /// look for the largest gap in memory just when activations fill it.
    /// </summary>
    private ulong Workspace(long bytes)
    {
        if (bytes == 0)
            return 0;
        if (_workspace is null || _workspace.Bytes < bytes)
        {
            if (_workspace is not null)
                _pool.Return(_workspace);
            _workspace = null; // nothing is held if there is no room
            _workspace = _pool.RentApart(bytes);
        }
        return _workspace.Address;
    }

    private ConvPlan Describe(in ConvSizes s)
    {
        nint x, w, y, bias, conv;
        Check(Api.cudnnCreateTensorDescriptor(&x), "cudnnCreateTensorDescriptor");
        Check(Api.cudnnCreateFilterDescriptor(&w), "cudnnCreateFilterDescriptor");
        Check(Api.cudnnCreateTensorDescriptor(&y), "cudnnCreateTensorDescriptor");
        Check(Api.cudnnCreateTensorDescriptor(&bias), "cudnnCreateTensorDescriptor");
        Check(Api.cudnnCreateConvolutionDescriptor(&conv), "cudnnCreateConvolutionDescriptor");
        Check(Api.cudnnSetTensor4dDescriptor(x, CudnnFormat.Nhwc, CudnnType.Float, s.N, s.C, s.H, s.W), "cudnnSetTensor4dDescriptor");
        Check(Api.cudnnSetFilter4dDescriptor(w, CudnnType.Float, CudnnFormat.Nhwc, s.K, s.C / s.Groups, s.R, s.S), "cudnnSetFilter4dDescriptor");
        Check(Api.cudnnSetTensor4dDescriptor(y, CudnnFormat.Nhwc, CudnnType.Float, s.N, s.K, s.P, s.Q), "cudnnSetTensor4dDescriptor");
        Check(Api.cudnnSetTensor4dDescriptor(bias, CudnnFormat.Nhwc, CudnnType.Float, 1, s.K, 1, 1), "cudnnSetTensor4dDescriptor");
        Check(Api.cudnnSetConvolution2dDescriptor(conv, s.PadH, s.PadW, s.StrideH, s.StrideW, s.DilationH, s.DilationW, CudnnConvolutionMode.CrossCorrelation,
            CudnnType.Float), "cudnnSetConvolution2dDescriptor");
        Check(Api.cudnnSetConvolutionGroupCount(conv, s.Groups), "cudnnSetConvolutionGroupCount");
        Check(Api.cudnnSetConvolutionMathType(conv, _options.AllowTf32 ? CudnnMath.Default : CudnnMath.Fma), "cudnnSetConvolutionMathType");
        return new ConvPlan { X = x, W = w, Y = y, Bias = bias, Conv = conv };
    }

    private void Choose(in ConvPlanKey key, ConvPlan plan, ulong x, ulong w, ulong y)
    {
        if (key.Bias)
        {
            // The fused call takes the identity activation with this algorithm only.
            nuint bytes = 0;
            if (_banned.Contains((ConvPass.Forward, (int)CudnnForwardAlgo.ImplicitPrecompGemm)))
            {
                plan.Refusal = "the algorithm that adds a bias was found wrong";
                return;
            }
            int status = WorkspaceSize(ConvPass.Forward, plan, (int)CudnnForwardAlgo.ImplicitPrecompGemm, &bytes);
            if (status == 0 && (long)bytes <= _options.WorkspaceLimit)
                (plan.Algo, plan.WorkspaceBytes) = ((int)CudnnForwardAlgo.ImplicitPrecompGemm, (long)bytes);
            else
                plan.Refusal = Describe(status);
            return;
        }
        var found = stackalloc CudnnAlgoPerf[MaxAlgorithms];
        int count = 0;
        int result = _options.FindAlgorithms ? Find(key, plan, x, w, y, found, &count) : Ask(key.Pass, plan, found, &count);
        if (result != 0 && Category(result) != CudnnCategory.NotSupported)
            Check(result, $"search of an algorithm for {key.Pass}", $"of {key.Sizes}");
        for (int i = 0; i < count; i++)
        {
            if (!IsAllowed(found[i]) || _banned.Contains((key.Pass, found[i].Algo)))
                continue;
            // What was found is an algorithm and its arithmetic: with another arithmetic it is another kernel, which may want more workspace.
            if (_options.AllowTf32)
                Check(Api.cudnnSetConvolutionMathType(plan.Conv, found[i].MathType), "cudnnSetConvolutionMathType");
            nuint bytes = 0;
            if (WorkspaceSize(key.Pass, plan, found[i].Algo, &bytes) != 0 || (long)bytes > _options.WorkspaceLimit)
                continue;
            (plan.Algo, plan.WorkspaceBytes) = (found[i].Algo, (long)bytes);
            return;
        }
        plan.Refusal = result != 0 ? Describe(result) : "no algorithm is deterministic, within the workspace limit and right";
    }

    private bool IsAllowed(in CudnnAlgoPerf found) =>
        found.Status == 0 && (!_options.Deterministic || found.Determinism == 1) && (long)found.Memory <= _options.WorkspaceLimit && IsAllowed(found.MathType);

    /// <summary>Float inputs may be rounded to TF32 where that was asked for, never to half precision. Without it the description says FMA, whatever a list
    /// says.</summary>
    private bool IsAllowed(CudnnMath math) => math is CudnnMath.Default or CudnnMath.Fma || (math == CudnnMath.TensorOp && _options.AllowTf32);

    private int WorkspaceSize(ConvPass pass, ConvPlan plan, int algorithm, nuint* bytes) => pass switch
    {
        ConvPass.Forward => Api.cudnnGetConvolutionForwardWorkspaceSize(_handle, plan.X, plan.W, plan.Conv, plan.Y, algorithm, bytes),
        ConvPass.BackwardData => Api.cudnnGetConvolutionBackwardDataWorkspaceSize(_handle, plan.W, plan.Y, plan.Conv, plan.X, algorithm, bytes),
        _ => Api.cudnnGetConvolutionBackwardFilterWorkspaceSize(_handle, plan.X, plan.Y, plan.Conv, plan.W, algorithm, bytes),
    };

    private int Ask(ConvPass pass, ConvPlan plan, CudnnAlgoPerf* found, int* count) => pass switch
    {
        ConvPass.Forward => Api.cudnnGetConvolutionForwardAlgorithm(_handle, plan.X, plan.W, plan.Conv, plan.Y, MaxAlgorithms, count, found),
        ConvPass.BackwardData => Api.cudnnGetConvolutionBackwardDataAlgorithm(_handle, plan.W, plan.Y, plan.Conv, plan.X, MaxAlgorithms, count, found),
        _ => Api.cudnnGetConvolutionBackwardFilterAlgorithm(_handle, plan.X, plan.Y, plan.Conv, plan.W, MaxAlgorithms, count, found),
    };

    /// <summary>Measures every algorithm. That overwrites the output, so a scratch one is given.</summary>
    private int Find(in ConvPlanKey key, ConvPlan plan, ulong x, ulong w, ulong y, CudnnAlgoPerf* found, int* count)
    {
        var s = key.Sizes;
        long most = 0;
        int algorithms = key.Pass switch { ConvPass.Forward => 8, ConvPass.BackwardData => 6, _ => 7 };
        for (int algo = 0; algo < algorithms; algo++)
        {
            nuint bytes = 0;
            int status = WorkspaceSize(key.Pass, plan, algo, &bytes);
            if (status == 0 && (long)bytes <= _options.WorkspaceLimit)
                most = Math.Max(most, (long)bytes);
        }
        var workspace = _pool.RentApart(most);
        var output = _pool.RentApart(sizeof(float) * (key.Pass switch
        {
            ConvPass.Forward => s.Output.Count,
            ConvPass.BackwardData => s.Input.Count,
            _ => s.Filter.Count
        }));
        try
        {
            return key.Pass switch
            {
                ConvPass.Forward => Api.cudnnFindConvolutionForwardAlgorithmEx(_handle, plan.X, x, plan.W, w, plan.Conv, plan.Y, output.Address,
                    MaxAlgorithms, count, found, workspace.Address, (nuint)most),
                ConvPass.BackwardData => Api.cudnnFindConvolutionBackwardDataAlgorithmEx(_handle, plan.W, w, plan.Y, y, plan.Conv, plan.X, output.Address,
                    MaxAlgorithms, count, found, workspace.Address, (nuint)most),
                _ => Api.cudnnFindConvolutionBackwardFilterAlgorithmEx(_handle, plan.X, x, plan.Y, y, plan.Conv, plan.W, output.Address, MaxAlgorithms, count,
                    found, workspace.Address, (nuint)most),
            };
        }
        finally
        {
            _pool.Return(output);
            _pool.Return(workspace);
        }
    }

    private CudnnCategory Category(int status) => CudnnStatus.Categorize(status, _version);

    private string Describe(int status)
    {
        string text = $"{Marshal.PtrToStringUTF8((nint)Api.cudnnGetErrorString(status))} ({status}: {Category(status)})";
        if (!_driver.Tables.Has(nameof(CudnnApi.cudnnGetLastErrorString)))
            return text;
        byte* reason = stackalloc byte[ReasonBytes];
        *reason = 0;
        Api.cudnnGetLastErrorString(reason, ReasonBytes); // release 9 says what is wrong with the call
        string said = Marshal.PtrToStringUTF8((nint)reason)!.ReplaceLineEndings(" ").Trim().TrimEnd('.');
        return said.Length == 0 ? text : $"{text}, {said}";
    }

    private void Check(int status, string call, string? detail = null)
    {
        if (status == 0)
            return;
        string message = $"device {_driver.Device}: {call} failed with {Describe(status)}{(detail is null ? "" : $" {detail}")}.";
        throw Category(status) == CudnnCategory.AllocFailed ? new DeviceMemoryException(message) : new DeviceException(message);
    }
}
