using System.Diagnostics;
using NativeEngine.Core;

namespace NativeEngine.Cli.Tests.Verbs;

/// <summary>What a shell is told about the word at the cursor, and the scripts that ask.</summary>
internal sealed class CompletionTests
{
    [TestCase("tr", "train")]
    [TestCase("train --sampler ", "balanced", "oversample", "pk", "repeat", "shuffle", "sqrt")]
    [TestCase("train --model resnet18", "resnet18", "resnet18_cifar")]
    [TestCase("eval --devi", "--device")]
    [TestCase("bench step --model squeez", "squeezenet1_1")]
    public void Verbs_flags_and_values_are_completed(string line, params string[] expected)
    {
        var result = Support.Cli.Run($"[suggest:{line.Length}]", line);
        Assert.That(result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), Is.EqualTo(expected));
    }

    [Test]
    public void Every_shell_has_a_script_and_another_is_a_sentence()
    {
        foreach (string shell in new[] { "bash", "zsh", "fish", "powershell" })
            Assert.That(Support.Cli.Run("completion", shell).Output, Does.Contain("nengine \"[suggest:"));
        var unknown = Support.Cli.Run("completion", "bsh");
        Assert.That((unknown.Code, unknown.Error.Trim()), Is.EqualTo((ExitCode.Usage,
            "nengine: unknown shell 'bsh', did you mean 'bash'?; known are bash, zsh, fish, powershell")));
    }

    [Test]
    public void Bash_completes_by_the_script()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/bin/bash"))
            Assert.Ignore("no bash here");
        // The program itself is played by a function: it answers with what it was asked.
        const string use = "nengine() { echo \"$1|$2\" >&2; echo --model; echo --momentum; }\n"
            + "COMP_LINE='nengine train --mod'; COMP_POINT=${#COMP_LINE}; COMP_WORDS=(nengine train --mod); COMP_CWORD=2; _nengine 2>&1; echo "
                + "\"${COMPREPLY[@]}\"";
        string script = Support.Cli.Run("completion", "bash").Output.Replace("2>/dev/null", "") + "\n" + use;
        using var bash = Process.Start(new ProcessStartInfo("/bin/bash", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string output = bash.StandardOutput.ReadToEnd();
        Assert.That(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.EqualTo(new[] { "[suggest:11]|train --mod", "--model" }),
            bash.StandardError.ReadToEnd());
    }

    [Test]
    public void The_page_of_settings_is_what_the_table_says()
    {
        string page = Path.Combine(Support.Cli.RepositoryRoot, "docs", "settings.md");
        Assert.That(File.ReadAllText(page).TrimEnd(), Is.EqualTo(Support.Cli.Run("config", "reference").Output.TrimEnd()),
            "docs/settings.md: write it anew with nengine config reference > docs/settings.md");
    }
}
