using System.Text;

namespace NativeEngine.SoftGpu;

/// <summary>One launch: what all its workers share.</summary>
internal sealed class Launch
{
    /// <summary>Bytes of printed text that a launch keeps.</summary>
    private const long MostOutput = 16 << 20;

    private readonly object _lock = new();
    private readonly Dictionary<(FindingKind, int), Finding> _seen = [];
    private readonly List<Finding> _findings = [];
    private readonly SortedDictionary<long, List<byte>> _output = [];
    private long _outputBytes;
    private long _droppedBytes;
    private long _faultBlock = long.MaxValue;
    private volatile bool _stopped;

    public required Program Program { get; init; }

    public required DeviceMemory Memory { get; init; }

    public required MemoryTable Table { get; init; }

    public required Dim3 Grid { get; init; }

    public required Dim3 Block { get; init; }

    public required int DynamicSharedBytes { get; init; }

    public required int SharedBytes { get; init; }

    /// <summary>Bytes of local memory of each thread.</summary>
    public required int LocalBytes { get; init; }

    public required byte[] Parameters { get; init; }

    public required LaunchOptions Options { get; init; }

    public required ulong Serial { get; init; }

    /// <summary>What was read and written, under <see cref="ObserverSet.Counters"/>.</summary>
    public SectorSet? Sectors { get; init; }

    /// <summary>The histories of the words of global memory, under <see cref="ObserverSet.Races"/>.</summary>
    public required AccessPages Pages { get; init; }

    /// <summary>What they have in common.</summary>
    public required AccessHistory History { get; init; }

    public Finding? Fault { get; private set; }

    /// <summary>True once a block faulted: the others stop at their next chance.</summary>
    public bool IsStopped => _stopped;

    public IReadOnlyList<Finding> Findings => Fault is null ? _findings : [Fault, .. _findings];

    /// <summary>Keeps a finding; repetitions at the same instruction are counted on the first.</summary>
    public void Add(Finding finding)
    {
        lock (_lock)
        {
            if (_seen.TryGetValue((finding.Kind, finding.Place.PtxLine), out var first))
            {
                first.Count++;
                return;
            }
            if (_findings.Count >= Options.MaximumFindings)
                return;
            _seen.Add((finding.Kind, finding.Place.PtxLine), finding);
            _findings.Add(finding);
        }
    }

    /// <summary>False when such a finding is known already: then it is only counted, and nobody needs to word it again.</summary>
    public bool IsNew(FindingKind kind, int line)
    {
        lock (_lock)
        {
            if (!_seen.TryGetValue((kind, line), out var first))
                return true;
            first.Count++;
            return false;
        }
    }

    /// <summary>Keeps what a block printed.</summary>
    public void Print(long block, List<byte> text)
    {
        lock (_lock)
        {
            int room = (int)Math.Min(text.Count, MostOutput - _outputBytes);
            _outputBytes += room;
            _droppedBytes += text.Count - room;
            if (!_output.TryGetValue(block, out var printed))
                _output.Add(block, printed = []);
            printed.AddRange(text.Take(room));
        }
    }

    /// <summary>All that was printed, block by block.</summary>
    public string Output()
    {
        if (_output.Count == 0)
            return "";
        string text = Encoding.UTF8.GetString([.. _output.Values.SelectMany(printed => printed)]);
        return _droppedBytes == 0 ? text : text + $"{(text.EndsWith('\n') ? "" : "\n")}({_droppedBytes} more bytes were printed; {MostOutput} are kept)\n";
    }

    /// <summary>Stops the launch; of several faults the one of the lowest block is kept.</summary>
    public void Stop(Finding fault, long block)
    {
        lock (_lock)
        {
            if (block < _faultBlock)
            {
                _faultBlock = block;
                Fault = fault;
            }
            _stopped = true;
        }
    }
}
