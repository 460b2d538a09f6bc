using System.CommandLine;
using System.Globalization;
using NativeEngine.Cli.Bench;
using NativeEngine.Core;

namespace NativeEngine.Cli.Verbs;

internal static partial class BenchCommand
{
    private static Command Data()
    {
        var folder = new Option<string?>("--folder")
        {
            Description = "folder of the files that are read; written where it is empty (default: a "
            + "temporary one)"
        };
        var seconds = new Option<double>("--seconds") { Description = "how long each pipeline runs", DefaultValueFactory = _ => 3 };
        return new Command("data", "images a second that one thread prepares, file to batch; tools/bench/peer_data.py compares") { folder, seconds }
            .Runs((parsed, terminal) =>
            {
                string place = parsed.GetValue(folder) ?? Directory.CreateTempSubdirectory("nengine-bench-data-").FullName;
                try
                {
                    var rates = new Dictionary<string, double>();
                    foreach (var (name, rate) in DataBench.Run(place, Math.Clamp(parsed.GetValue(seconds), 0.1, 600)))
                    {
                        rates[name] = Math.Round(rate, 1);
                        terminal.Result(string.Create(CultureInfo.InvariantCulture, $"{name,-28} {rate,10:0.0} img/s"));
                    }

                    terminal.JsonResult(rates);
                    return ExitCode.Ok;
                }
                finally
                {
                    if (parsed.GetValue(folder) is null)
                        Directory.Delete(place, recursive: true);
                }
            });
    }
}
