using NativeEngine.Core;

namespace NativeEngine.Nn;

/// <summary>
/// Wide residual networks for CIFAR (Zagoruyko and Komodakis 2016): depth 6n + 4, three groups of n pre-activation blocks with 16k, 32k and 64k
/// channels. Parameter names are those of the common PyTorch port (block1.layer.0.bn1, convShortcut).
/// </summary>
public sealed class WideResNet : Model
{
    private const string Paper = "Zagoruyko, Komodakis: Wide residual networks, BMVC 2016";
    private readonly Conv2d _conv1;
    private readonly Sequential[] _blocks;
    private readonly BatchNorm2d _bn1;
    private readonly Linear _fc;

    internal static IEnumerable<ModelDefinition> Definitions =>
        from size in ((int Depth, int Width)[])[(28, 10), (40, 10), (40, 2)]
        select new ModelDefinition($"wrn_{size.Depth}_{size.Width}", Paper, ModelDefinition.Cifar,
            (engine, s) => new WideResNet(engine, s, size.Depth, size.Width));

    private WideResNet(Engine engine, ModelSettings s, int depth, int width) : base(engine, s)
    {
        int n = (depth - 4) / 6, channels = 16;
        _conv1 = Child("conv1", ResidualBlock.Conv(engine, s.InChans, channels, 3));
        _blocks = new Sequential[3];
        PreActivationBlock? last = null;
        for (int group = 0; group < 3; group++)
        {
            var layer = new Sequential(engine);
            for (int i = 0; i < n; i++)
            {
                int wide = (16 << group) * width;
                double dropPath = s.DropPath * (group * n + i) / Math.Max(3 * n - 1, 1);
                var block = layer.Append(new PreActivationBlock(engine, channels, wide, i == 0 && group > 0 ? 2 : 1, s.Drop, dropPath));
                if (last is null)
                    block.First.After(_conv1);
                last?.FollowedBy(block.First);
                last = block;
                channels = wide;
            }

            _blocks[group] = Child($"block{group + 1}", new Sequential(engine, ("layer", layer)));
        }

        _bn1 = Child("bn1", new BatchNorm2d(engine, channels));
        last?.FollowedBy(_bn1);
        _fc = Child("fc", new Linear(engine, channels, s.NumClasses, biasInit: Init.Constant(0)));
    }

    /// <inheritdoc/>
    public override string Head => "fc";

    /// <inheritdoc/>
    public override string Stem => "conv1";

    /// <inheritdoc/>
    protected override Tensor ComputeFeatures(Tensor x)
    {
        x = _conv1.Forward(x);
        foreach (var block in _blocks)
            x = Then(x, block.Forward(x));
        return _bn1.Forward(x, relu: true).AdaptiveAvgPool2d((1, 1)).Flatten();
    }

    /// <inheritdoc/>
    protected override Tensor ComputeLogits(Tensor features) => _fc.Forward(features);

    /// <summary>BN-ReLU-conv, twice, with dropout between (the paper's "wide-dropout"); the first activation also feeds a convolved shortcut.</summary>
    private sealed class PreActivationBlock : Module
    {
        private readonly BatchNorm2d _bn1, _bn2;
        private readonly Conv2d _conv1, _conv2;
        private readonly Conv2d? _shortcut;
        private readonly Dropout _drop;
        private readonly DropPath _dropPath;

        /// <summary>The batch norm that reads the block's input.</summary>
        public BatchNorm2d First => _bn1;

        public PreActivationBlock(Engine engine, int inChannels, int outChannels, int stride, double drop, double dropPath) : base(engine)
        {
            _bn1 = Child("bn1", new BatchNorm2d(engine, inChannels));
            _conv1 = Child("conv1", ResidualBlock.Conv(engine, inChannels, outChannels, 3, stride));
            _bn2 = Child("bn2", new BatchNorm2d(engine, outChannels)).After(_conv1);
            _drop = Child("drop", new Dropout(engine, drop));
            _conv2 = Child("conv2", ResidualBlock.Conv(engine, outChannels, outChannels, 3));
            if (inChannels != outChannels)
                _shortcut = Child("convShortcut", ResidualBlock.Conv(engine, inChannels, outChannels, 1, stride));
            _dropPath = Child("drop_path", new DropPath(engine, dropPath));
        }

        protected override Tensor Compute(Tensor x)
        {
            var active = _bn1.Forward(x, relu: true);
            var y = _conv1.Forward(active);
            if (_shortcut is null)
                y = Then(active, y);
            y = Then(y, _bn2.Forward(y, relu: true));
            y = Then(y, _drop.Forward(y));
            var shortcut = _shortcut?.Forward(active) ?? x;
            if (_dropPath.P == 0)
                return Then(y, _conv2.Forward(y, residual: shortcut));
            y = Then(y, _conv2.Forward(y));
            return _dropPath.Forward(y) + shortcut;
        }

        /// <summary>Says which batch norm reads the sum.</summary>
        public void FollowedBy(BatchNorm2d norm)
        {
            if (_dropPath.P == 0)
                _conv2.FollowedBy(norm);
        }
    }
}
