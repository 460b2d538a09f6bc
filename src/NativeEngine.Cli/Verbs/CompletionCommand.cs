using System.CommandLine;
using NativeEngine.Core;

namespace NativeEngine.Cli.Verbs;

/// <summary><c>nengine completion SHELL</c>: a script that lets a shell complete verbs, flags and their values by asking nengine itself.</summary>
internal static class CompletionCommand
{
    // Each asks for what may stand at the cursor: nengine [suggest:POSITION] LINE, both without the program's own name.
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] = """
            # source <(nengine completion bash)
            _nengine() {
                local line=${COMP_LINE#* } skip word=${COMP_WORDS[COMP_CWORD]}
                skip=$((${#COMP_LINE} - ${#line}))
                mapfile -t COMPREPLY < <(compgen -W "$(nengine "[suggest:$((COMP_POINT - skip))]" "$line" 2>/dev/null)" -- "$word")
            }
            complete -o default -F _nengine nengine
            """,
        ["zsh"] = """
            # source <(nengine completion zsh), behind compinit
            _nengine() {
                local line=${BUFFER#* } skip found
                skip=$((${#BUFFER} - ${#line}))
                found=(${(f)"$(nengine "[suggest:$((CURSOR - skip))]" "$line" 2>/dev/null)"})
                if (( ${#found} )); then compadd -a found; else _files; fi
            }
            compdef _nengine nengine
            """,
        ["fish"] = """
            # nengine completion fish | source
            function __nengine_complete
                set -l line (string replace -r '^\S+\s?' '' -- (commandline -cp))
                nengine "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
            end
            complete -c nengine -a '(__nengine_complete)'
            """,
        ["powershell"] = """
            # nengine completion powershell | Out-String | Invoke-Expression
            Register-ArgumentCompleter -Native -CommandName nengine -ScriptBlock {
                param($word, $ast, $cursor)
                $line = $ast.ToString() -replace '^\S+\s?', ''
                $position = [Math]::Max(0, $cursor - ($ast.ToString().Length - $line.Length))
                nengine "[suggest:$position]" "$line" | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
            }
            """,
    };

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = string.Join(" | ", Scripts.Keys) };
        shell.CompletionSources.Add([.. Scripts.Keys]);
        return new Command("completion", "print a script that completes verbs, flags and values in a shell: source <(nengine completion bash)") { shell }
            .Runs((parsed, terminal) =>
            {
                string name = parsed.GetValue(shell)!;
                terminal.Result(Scripts.GetValueOrDefault(name) ?? throw new UsageException(
                    $"unknown shell '{name}'{NearestName.Suggest(name, Scripts.Keys)}; known are {string.Join(", ", Scripts.Keys)}"));
                return ExitCode.Ok;
            });
    }
}
