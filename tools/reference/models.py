"""The models that torchvision lacks, written for PyTorch, and torchvision's with a CIFAR stem."""
import torch
import torchvision
from torch import nn


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


def create(name, num_classes):
    if name == "lenet":
        return LeNet(num_classes)
    if name.endswith("_cifar"):
        model = getattr(torchvision.models, name[: -len("_cifar")])(weights=None, num_classes=num_classes)
        model.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
        model.maxpool = nn.Identity()
        return model
    return getattr(torchvision.models, name)(weights=None, num_classes=num_classes)
