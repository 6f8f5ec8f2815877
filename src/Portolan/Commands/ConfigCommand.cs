using System.CommandLine;
using Portolan.Configuration;
using Portolan.Model;
using Portolan.Output;

namespace Portolan.Commands;

/// <summary><c>portolan config list | explain | reference</c>: the settings in force, where each comes from, and what it means.</summary>
static class ConfigCommand
{
    public static Command Create(Terminal terminal)
    {
        // The noun alone lists: that is what one wants of a configuration.
        var command = List(terminal, new("config", "The configuration in force and where it comes from; what each key means.",
            "portolan config",
            "portolan config --config portolan.yml --json",
            "portolan config explain journal.max-share"));
        command.Add(List(terminal, new("list", "Every key with its value and where that comes from: default, file, environment or set.",
            "portolan config list",
            "PORTOLAN_JOURNAL__MAX_SHARE=10% portolan config list --set endpoints.syslog-udp.port=5514")));
        command.Add(Explain(terminal));
        command.Add(Reference(terminal));
        return command;
    }

    static Verb List(Terminal terminal, Verb command)
    {
        var config = new ConfigOptions(withPortOffset: true);
        var format = new FormatOptions();
        config.AddTo(command);
        format.AddTo(command);
        command.SetAction(result =>
        {
            RowWriter.Of(format.Of(result), terminal).Write([new("key"), new("value"), new("origin"), new("where")],
                config.Load(result).Entries.Select(e => new object?[]
                {
                    e.Setting.Key, e.Text, e.Origin.ToString().ToLowerInvariant(), e.Where.Length == 0 ? null : e.Where,
                }));
            return ExitCode.Done;
        });
        return command;
    }

    static Verb Explain(Terminal terminal)
    {
        var command = new Verb("explain", "What a key means, its type, its range and its value now.",
            "portolan config explain syslog.max-message",
            "portolan config explain store.retention --json");
        var key = new Argument<string>("key") { HelpName = "KEY", Description = "A key, as config list shows it." };
        key.CompletionSources.Add([.. Settings.All.Select(s => s.Key)]);
        var config = new ConfigOptions(withPortOffset: true);
        var format = new FormatOptions();
        command.Add(key);
        config.AddTo(command);
        format.AddTo(command);
        command.SetAction(result =>
        {
            string name = result.GetRequiredValue(key);
            if (!Settings.TryFind(name, out var setting))
            {
                var near = Nearest.To(name, Settings.All.Select(s => s.Key));
                throw new CommandFault($"no key {name}", near.Count > 0 ? $"did you mean {string.Join(" or ", near)}?" : "none is like it",
                    "portolan config list");
            }
            // What a key means must be told even while another key is wrong.
            var entry = config.TryLoad(result, out var faults).Entries.First(e => e.Setting == setting);
            var chosen = format.Of(result);
            if (chosen != RowFormat.Table)
            {
                string? wrong = faults.FirstOrDefault(f => f.Key == setting.Key)?.ToString();
                RowWriter.Of(chosen, terminal).Write(
                    [
                        new("key"), new("meaning"), new("value"), new("origin"), new("where"), new("default"), new("type"), new("range"),
                        new("environment"), new("fault"),
                    ],
                    [
                        [
                            setting.Key, setting.Doc, entry.Text, entry.Origin.ToString().ToLowerInvariant(), entry.Where.Length == 0 ? null : entry.Where,
                            setting.Default, setting.Type, setting.Range, ConfigReference.Variable(setting.Key), wrong,
                        ],
                    ]);
                return ExitCode.Done;
            }
            terminal.WriteLine(terminal.Bold(setting.Key));
            terminal.WriteLine("  " + setting.Doc);
            string from = entry.Where.Length > 0 ? $"from {entry.Where}" : "the default";
            terminal.WriteLine($"  value        {Visible.Text(entry.Text)}  ({from})");
            terminal.WriteLine($"  default      {setting.Default}");
            terminal.WriteLine($"  type         {setting.Type}");
            terminal.WriteLine($"  right is     {setting.Range}");
            terminal.WriteLine($"  in the file  {InFile(setting)}");
            terminal.WriteLine($"  environment  {ConfigReference.Variable(setting.Key)}");
            foreach (var fault in faults.Where(f => f.Key == setting.Key)) terminal.WriteLine($"  fault        {fault}");
            return ExitCode.Done;
        });
        return command;

        static string InFile(Setting setting)
        {
            var parts = setting.Key.Split('.');
            return string.Join(": {", parts) + (setting.IsList ? ": […]" : ": …") + new string('}', parts.Length - 1);
        }
    }

    static Verb Reference(Terminal terminal)
    {
        var command = new Verb("reference", "The reference of all keys, as Markdown (docs/configuration.md).",
            "portolan config reference > configuration.md");
        command.SetAction(_ =>
        {
            terminal.Write(ConfigReference.Markdown());
            return ExitCode.Done;
        });
        return command;
    }
}
