using NativeEngine.Core;

namespace NativeEngine.Cli.Tests;

/// <summary>The first call of a program.</summary>
internal sealed class EngineOpeningTests
{
    [TestCase("cpu", "cpu")]
    [TestCase("soft", "soft")]
    public void A_device_is_opened_by_name(string device, string name)
    {
        using var engine = Engine.Open(device, new DeviceOptions { Threads = 1 });
        Assert.That(engine.Backend.Name, Is.EqualTo(name));
        Assert.That(engine.From([1f, 2, 3], [3]).Sum().Item(), Is.EqualTo(6));
    }

    [Test]
    public void An_unknown_device_is_a_sentence() =>
        Assert.That(() => Engine.Open("spu"), Throws.TypeOf<UsageException>().With.Message.EqualTo(
            "unknown device 'spu', did you mean 'cpu'?; expected auto, cpu, cuda[:i] or soft"));
}
