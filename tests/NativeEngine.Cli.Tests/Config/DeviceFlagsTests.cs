using System.CommandLine;
using NativeEngine.Cli.Devices;
using NativeEngine.Core;
using NativeEngine.Cpu;

namespace NativeEngine.Cli.Tests.Config;

internal sealed class DeviceFlagsTests
{
    private static DeviceOptions Choose(string arguments, params (string Name, string Value)[] environment)
    {
        var options = new DeviceFlags(name => environment.FirstOrDefault(v => v.Name == name).Value);
        var command = new Command("verb");
        options.AddTo(command);
        return options.Choice(command.Parse(arguments)) with { Warn = null };
    }

    [TestCase("1", true)]
    [TestCase("yes", true)]
    [TestCase("off", false)]
    public void The_Environment_Is_Read_As_Train_Reads_It(string tf32, bool expected)
    {
        Assert.That(Choose("", ("NENGINE_DEVICE", "soft"), ("NENGINE_THREADS", "3"), ("NENGINE_TF32", tf32)),
            Is.EqualTo(new DeviceOptions { Device = "soft", Threads = 3, Tf32 = expected }));
        Assert.That(Choose(""), Is.EqualTo(new DeviceOptions { Device = "auto" }));
    }

    [Test]
    public void A_Flag_Wins() =>
        Assert.That(Choose("--device cpu --threads 0 --tf32 false", ("NENGINE_DEVICE", "soft"), ("NENGINE_THREADS", "3"), ("NENGINE_TF32", "true")),
            Is.EqualTo(new DeviceOptions { Device = "cpu" }));

    [Test]
    public void Winograd_And_Determinism_Come_From_Either()
    {
        Assert.That(Choose("--winograd f2 --no-deterministic"), Is.EqualTo(new DeviceOptions { Device = "auto", Winograd = WinogradMode.F2, Deterministic = false }));
        Assert.That(Choose("", ("NENGINE_WINOGRAD", "off"), ("NENGINE_DETERMINISTIC", "no")),
            Is.EqualTo(new DeviceOptions { Device = "auto", Winograd = WinogradMode.Off, Deterministic = false }));
        Assert.That(Choose("--winograd AUTO --deterministic", ("NENGINE_WINOGRAD", "off"), ("NENGINE_DETERMINISTIC", "no")),
            Is.EqualTo(new DeviceOptions { Device = "auto" }));
        Assert.That(() => Choose("", ("NENGINE_WINOGRAD", "of")),
            Throws.TypeOf<UsageException>().With.Message.StartsWith("NENGINE_WINOGRAD: unknown winograd 'of', did you mean 'off'?"));
    }

    [TestCase("NENGINE_THREADS", "many", "NENGINE_THREADS: threads 'many': expected a whole number")]
    [TestCase("NENGINE_TF32", "maybe", "NENGINE_TF32: tf32 'maybe': expected true or false")]
    public void A_Wrong_Value_Is_An_Error_And_Not_The_Default(string variable, string value, string expected) =>
        Assert.That(() => Choose("", (variable, value)), Throws.TypeOf<UsageException>().With.Message.EqualTo(expected));
}
