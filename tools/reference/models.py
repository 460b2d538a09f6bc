"""Every model of the engine's catalogue for PyTorch: torchvision's own, torchvision's with a CIFAR stem, and those that torchvision lacks, written here
from their papers and, where there is one, the PyTorch port whose parameter names people know."""
import torch
import torchvision
from torch import nn
from torch.nn import functional as F
from torchvision.models.resnet import BasicBlock, Bottleneck

TORCHVISION = (
    "resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d resnext101_32x8d wide_resnet50_2 "
    "vgg11 vgg13 vgg16 vgg19 vgg11_bn vgg13_bn vgg16_bn vgg19_bn densenet121 densenet169 "
    "efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4 "
    "mobilenet_v2 mobilenet_v3_small mobilenet_v3_large squeezenet1_1"
).split()
CIFAR = [f"{name}_cifar" for name in TORCHVISION if name.startswith(("resn", "wide"))] + ["mini_resnet_basic_cifar"]
DIGITS = ["mlp", "lenet", "smallcnn"]
SMALL = ["plaincnn", "mini_resnet_basic", "mini_resnet_bottleneck"]
WIDE = ["wrn_28_10", "wrn_40_10", "wrn_40_2"]
NAMES = DIGITS + SMALL + WIDE + CIFAR + TORCHVISION
SIZES = {"efficientnet_b1": 240, "efficientnet_b2": 288, "efficientnet_b3": 300, "efficientnet_b4": 380}


def default_input(name):
    """Channels and size of the images a model is made for."""
    if name in DIGITS:
        return 1, 28
    if name in SMALL:
        return 3, 112
    return 3, 32 if name in WIDE + CIFAR else SIZES.get(name, 224)


def default_classes(name):
    return 1000 if name in TORCHVISION else 10


def conv3x3(inputs, outputs, stride=1):
    return nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)


class Mlp(nn.Module):
    """Two hidden layers: 256 and 128 units."""

    def __init__(self, num_classes=10):
        super().__init__()
        self.fc1 = nn.Linear(28 * 28, 256)
        self.fc2 = nn.Linear(256, 128)
        self.fc3 = nn.Linear(128, num_classes)

    def forward(self, x):
        x = torch.relu(self.fc1(x.flatten(1)))
        return self.fc3(torch.relu(self.fc2(x)))


class LeNet(nn.Module):
    def __init__(self, num_classes=10, in_chans=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_chans, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, num_classes)

    def forward(self, x):
        pool = nn.functional.max_pool2d
        x = pool(torch.relu(self.conv1(x)), 2)
        x = pool(torch.relu(self.conv2(x)), 2)
        x = torch.relu(self.fc1(x.flatten(1)))
        return self.fc3(torch.relu(self.fc2(x)))


class SmallCnn(nn.Module):
    """16, 32 and 64 channels: convolution, 2x2 maximum, batch norm (of the pooled numbers), ReLU; then one linear layer."""

    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1, self.bn1 = conv3x3(1, 16), nn.BatchNorm2d(16)
        self.conv2, self.bn2 = conv3x3(16, 32), nn.BatchNorm2d(32)
        self.conv3, self.bn3 = conv3x3(32, 64), nn.BatchNorm2d(64)
        self.fc = nn.Linear(64 * 3 * 3, num_classes)

    def forward(self, x):
        for conv, norm in ((self.conv1, self.bn1), (self.conv2, self.bn2), (self.conv3, self.bn3)):
            x = torch.relu(norm(F.max_pool2d(conv(x), 2)))
        return self.fc(x.flatten(1))


class PlainCnn(nn.Module):
    """VGG's style with batch norm and one convolution per stage of 32 to 512 channels, global average pooling instead of large linear layers."""

    def __init__(self, num_classes=10):
        super().__init__()
        layers, inputs = [], 3
        for outputs in (32, 64, 128, 256, 512):
            layers += [conv3x3(inputs, outputs), nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2)]
            inputs = outputs
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(512, num_classes)

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


class MiniResNet(nn.Module):
    """ResNet with one block per stage and 32 channels where the paper's has 64; the blocks are torchvision's."""

    def __init__(self, block, num_classes=10, small_stem=False):
        super().__init__()
        self.conv1 = conv3x3(3, 32) if small_stem else nn.Conv2d(3, 32, 7, stride=2, padding=3, bias=False)
        self.maxpool = nn.Identity() if small_stem else nn.MaxPool2d(3, stride=2, padding=1)
        self.bn1 = nn.BatchNorm2d(32)
        inputs = 32
        for stage, planes in enumerate((32, 64, 128, 256), 1):
            stride, outputs, shortcut = 1 if stage == 1 else 2, planes * block.expansion, None
            if stride != 1 or inputs != outputs:
                shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
            setattr(self, f"layer{stage}", nn.Sequential(block(inputs, planes, stride, shortcut)))
            inputs = outputs
        self.fc = nn.Linear(inputs, num_classes)

    def forward(self, x):
        x = self.maxpool(torch.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


class WideBlock(nn.Module):
    """B(3,3) of Zagoruyko and Komodakis 2016: x + conv(relu(bn(conv(relu(bn(x)))))); where channels change, the activated input goes through a 1x1 convolution."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), conv3x3(inputs, outputs, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(outputs), conv3x3(outputs, outputs)
        self.convShortcut = None if inputs == outputs else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x):
        active = torch.relu(self.bn1(x))
        branch = self.conv2(torch.relu(self.bn2(self.conv1(active))))
        return branch + (x if self.convShortcut is None else self.convShortcut(active))


class WideGroup(nn.Module):
    """The names block1.layer.0... are those of the port that most checkpoints come from."""

    def __init__(self, blocks, inputs, outputs, stride):
        super().__init__()
        self.layer = nn.Sequential(*(WideBlock(inputs if i == 0 else outputs, outputs, stride if i == 0 else 1) for i in range(blocks)))

    def forward(self, x):
        return self.layer(x)


class WideResNet(nn.Module):
    """WRN-depth-width for CIFAR, table 1 of the paper: groups of 16, 32 and 64 channels times the width at 32x32, 16x16 and 8x8."""

    def __init__(self, depth, width, num_classes=10):
        super().__init__()
        blocks = (depth - 4) // 6
        self.conv1 = conv3x3(3, 16)
        self.block1 = WideGroup(blocks, 16, 16 * width, 1)
        self.block2 = WideGroup(blocks, 16 * width, 32 * width, 2)
        self.block3 = WideGroup(blocks, 32 * width, 64 * width, 2)
        self.bn1 = nn.BatchNorm2d(64 * width)
        self.fc = nn.Linear(64 * width, num_classes)

    def forward(self, x):
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(torch.relu(self.bn1(x)).mean((2, 3)))


OWN = {
    "mlp": Mlp, "lenet": LeNet, "smallcnn": SmallCnn, "plaincnn": PlainCnn,
    "mini_resnet_basic": lambda n: MiniResNet(BasicBlock, n), "mini_resnet_bottleneck": lambda n: MiniResNet(Bottleneck, n),
    "mini_resnet_basic_cifar": lambda n: MiniResNet(BasicBlock, n, small_stem=True),
    "wrn_28_10": lambda n: WideResNet(28, 10, n), "wrn_40_10": lambda n: WideResNet(40, 10, n), "wrn_40_2": lambda n: WideResNet(40, 2, n),
}


def create(name, num_classes):
    if name in OWN:
        return OWN[name](num_classes)
    if name.endswith("_cifar"):
        model = getattr(torchvision.models, name[: -len("_cifar")])(weights=None, num_classes=num_classes)
        model.conv1 = conv3x3(3, 64)
        model.maxpool = nn.Identity()
        return model
    return getattr(torchvision.models, name)(weights=None, num_classes=num_classes)
