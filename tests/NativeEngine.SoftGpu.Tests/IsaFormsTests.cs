namespace NativeEngine.SoftGpu.Tests;

/// <summary>The grammar against a list of forms written from the PTX ISA: what the ISA spells is known, other orders of the same words are not.</summary>
[TestFixture]
internal sealed class IsaFormsTests
{
    private static string[] Lines() => File.ReadAllLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "isa-forms.txt"));

    private static bool IsKnown(string form)
    {
        string[] words = form.Split('.');
        return OpcodeTable.FormsOf(words[0]).ToArray().Any(row => row.Match(words[1..], out _, out _) == words.Length - 1);
    }

    [Test]
    public void Forms_are_spelled_as_in_the_isa()
    {
        string[] forms = [.. Lines().Where(line => line.Length > 0 && line[0] is not ('#' or '!'))];
        Assert.That(forms, Has.Length.GreaterThan(100));
        Assert.That(forms.Where(form => !IsKnown(form)), Is.Empty);
    }

    [Test]
    public void Other_orders_are_refused()
    {
        string[] wrong = [.. Lines().Where(line => line.StartsWith('!')).Select(line => line[1..])];
        Assert.That(wrong, Has.Length.GreaterThan(20));
        Assert.That(wrong.Where(IsKnown), Is.Empty);
    }
}
