namespace NativeEngine.Core.Tests;

/// <summary>Long lists of names are cut where a sentence stays readable.</summary>
public sealed class NameListTests
{
    [TestCase(0, "")]
    [TestCase(1, "a")]
    [TestCase(3, "a, b, c")]
    [TestCase(5, "a, b, c and 2 more")]
    public void The_first_names_are_listed_and_the_others_counted(int count, string expected) =>
        Assert.That(NameList.Some([.. "abcde"[..count].Select(c => $"{c}")], most: 3), Is.EqualTo(expected));
}
