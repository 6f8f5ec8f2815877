using System.Collections;
using System.CommandLine;
using Portolan.Configuration;
using Portolan.Model;
using Portolan.Output;

namespace Portolan;

/// <summary>Options that mean the same wherever they stand.</summary>
static class CommonOptions
{
    public const string ColorName = "--color";

    public static Option<string> Color(Terminal terminal)
    {
        var option = Choice(ColorName, "Colour in what people read; NO_COLOR is honoured.", "auto", "always", "never");
        option.Recursive = true;
        option.DefaultValueFactory = _ => "auto";
        return option;
    }

    /// <summary>An option with one of a few words; a wrong one is told with the nearest.</summary>
    public static Option<string> Choice(string name, string description, params string[] words)
    {
        var option = new Option<string>(name) { Description = description, HelpName = string.Join('|', words) };
        option.CompletionSources.Add(words);
        option.Validators.Add(result =>
        {
            string value = result.Tokens.Count > 0 ? result.Tokens[0].Value : words[0];
            if (words.Contains(value)) return;
            var near = Nearest.To(value, words);
            result.AddError(near.Count > 0
                ? $"{name} {value}: did you mean {near[0]}?"
                : $"{name} {value}: one of {string.Join(", ", words)}");
        });
        return option;
    }
}

/// <summary><c>--format</c> and its short form <c>--json</c>.</summary>
/// <param name="words">The forms there are; all when none is named.</param>
sealed class FormatOptions(string standard = "table", params string[] words)
{
    readonly Option<string> _format = CommonOptions.Choice("--format", $"Form of the output (default {standard}).",
        words.Length > 0 ? words : ["table", "json", "jsonl", "csv"]);
    readonly Option<bool> _json = new("--json") { Description = "Short for --format json." };

    public void AddTo(Command command)
    {
        command.Add(_format);
        command.Add(_json);
    }

    public RowFormat Of(ParseResult result) => result.GetValue(_json)
        ? RowFormat.Json
        : Enum.Parse<RowFormat>(result.GetValue(_format) ?? standard, ignoreCase: true);
}

/// <summary><c>--tz</c>: the zone of times that people write and read.</summary>
sealed class ZoneOption
{
    readonly Option<string> _zone = new("--tz")
    {
        Description = "Zone of the times you write and read: local, UTC, or a name such as Asia/Tokyo.",
        HelpName = "ZONE",
    };

    public ZoneOption() => _zone.Validators.Add(result =>
    {
        if (result.Tokens is [{ Value: var text }] && !Times.TryZone(text, out _))
            result.AddError($"--tz {text}: right would be {Settings.TimeZone.Range}");
    });

    public void AddTo(Command command) => command.Add(_zone);

    /// <summary>The zone asked for, else the configured one; the terminal shows times in it from now on.</summary>
    public TimeZoneInfo Use(ParseResult result, Config config, Terminal terminal)
    {
        var zone = config.Get(Settings.TimeZone);
        if (result.GetValue(_zone) is { } text && Times.TryZone(text, out var asked)) zone = asked!;
        return terminal.Zone = zone;
    }
}

/// <summary>An option that names a moment (<c>--since</c>, <c>--at</c>).</summary>
sealed class MomentOption(string name, string description)
{
    readonly Option<string> _option = new(name) { Description = description, HelpName = "TIME" };

    public void AddTo(Command command) => command.Add(_option);

    /// <summary>Microseconds since 1970 UTC; null when not given.</summary>
    public long? Of(ParseResult result, TimeZoneInfo zone)
    {
        if (result.GetValue(_option) is not { } text) return null;
        return Times.TryMoment(text, DateTimeOffset.UtcNow, zone, out long at)
            ? at
            : throw new CommandFault($"{name} {text}", "no time I know", $"{name} 15m, {name} today, {name} 2026-11-20T09:00+09:00");
    }
}

/// <summary>
/// <c>--config</c>, <c>--data</c>, <c>--set</c> and what stands for a key; together with the environment they give the configuration.
/// </summary>
sealed class ConfigOptions(bool withPortOffset = false)
{
    readonly Option<string> _config = new("--config")
    {
        Description = "Configuration file (default DATA/portolan.yml if there is one).",
        HelpName = "FILE",
    };
    readonly Option<string> _data = new("--data") { Description = $"Data directory (default {DataDirectory.StandardDoc}).", HelpName = "DIR" };
    readonly Option<string[]> _set = new("--set")
    {
        Description = "A setting, stronger than file and environment; may be given again.",
        HelpName = "key=value",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    readonly Option<string>? _portOffset = withPortOffset
        ? new("--port-offset") { Description = "Added to every endpoint's port.", HelpName = "N" }
        : null;

    public void AddTo(Command command)
    {
        command.Add(_config);
        command.Add(_data);
        if (_portOffset is not null) command.Add(_portOffset);
        command.Add(_set);
    }

    /// <summary>The configuration in force; all faults together end the command.</summary>
    public Config Load(ParseResult result)
    {
        var config = TryLoad(result, out var faults);
        return faults.Count == 0 ? config : throw CommandFault.Of(faults);
    }

    public Config TryLoad(ParseResult result, out IReadOnlyList<ConfigFault> faults)
    {
        var options = new List<(string, string, string)>();
        if (result.GetValue(_data) is { } data) options.Add((Settings.Data.Key, data, "--data"));
        if (_portOffset is not null && result.GetValue(_portOffset) is { } offset)
            options.Add((Settings.PortOffset.Key, offset, "--port-offset"));
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "");
        return ConfigLoader.Load(new(result.GetValue(_config), environment, result.GetValue(_set) ?? [], options), out faults);
    }
}
