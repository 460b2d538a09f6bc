namespace NativeEngine.Core.Tests;

/// <summary>What a user reads about a file that cannot be read: its name as it was typed, once.</summary>
public sealed class FileProblemTests
{
    [Test]
    public void The_name_is_said_once_and_as_it_was_typed()
    {
        string folder = Directory.CreateTempSubdirectory("nengine-problem-").FullName;
        try
        {
            string missing = Path.Combine(folder, "nope.pth");
            Assert.That(Reading(missing), Is.EqualTo($"{missing}: no such file"));
            Assert.That(Reading(Path.Combine(folder, "no", "x")), Is.EqualTo($"{Path.Combine(folder, "no", "x")}: no such file"));
            Assert.That(Reading(folder), Is.EqualTo($"{folder} is a folder, expected a file"));
            Assert.That(Reading("nope.pth"), Is.EqualTo("nope.pth: no such file"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        Assert.That(FileProblem.Reading("p", new IOException("p is a named pipe, expected a regular file")),
            Is.EqualTo("p is a named pipe, expected a regular file"));
        Assert.That(FileProblem.Reading("x", new IOException("the disk is on fire.")), Is.EqualTo("cannot read x: the disk is on fire"));
        Assert.That(FileProblem.Reading("x", new UnauthorizedAccessException("Access to the path '/a/x' is denied.")),
            Is.EqualTo("x: no permission to read it"));
        Assert.That(FileProblem.Writing("x", new IOException("No space left on device : '/a/x.12.tmp'", 28)),
            Is.EqualTo("cannot write x: no space left on the disk"));
        Assert.That(FileProblem.Writing("x", new IOException("Read-only file system : '/a/x.12.tmp'", 30)),
            Is.EqualTo("cannot write x: the file system is read-only"));
        Assert.That(FileProblem.Writing("a/x", new DirectoryNotFoundException("Could not find a part of the path '/b/a/x.12.tmp'.")),
            Is.EqualTo("cannot write a/x: its folder does not exist"));
    }

    [TestCase("plain", "plain")]
    [TestCase("a\u001b[31m\nb\u0007", "a?[31m?b?")]
    [TestCase("ü€", "ü€")]
    public void Names_out_of_files_cannot_move_the_cursor(string name, string shown) => Assert.That(Printable.Text(name), Is.EqualTo(shown));

    [Test]
    public void Long_names_are_cut() => Assert.That(Printable.Text(new string('x', 101)), Is.EqualTo($"{new string('x', 100)}..."));

    private static string Reading(string path)
    {
        try
        {
            SmallFile.ReadBytes(path, 1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return FileProblem.Reading(path, e);
        }

        return "";
    }
}
