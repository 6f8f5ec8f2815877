using System.CommandLine;
using System.CommandLine.Completions;
using System.Text;
using Portolan.Store.Aql;

namespace Portolan.Commands;

/// <summary><c>portolan completion bash|zsh|fish</c>: a script made from the command tree.</summary>
static class CompletionCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Verb("completion", "A completion script for a shell, made from the commands and options of this program.",
            "source <(portolan completion bash)",
            "portolan completion zsh > ~/.zfunc/_portolan",
            "portolan completion fish > ~/.config/fish/completions/portolan.fish");
        var shell = new Argument<string>("shell") { HelpName = "bash|zsh|fish", Description = "The shell." };
        shell.CompletionSources.Add("bash", "zsh", "fish");
        command.Add(shell);
        command.SetAction(result =>
        {
            var root = result.RootCommandResult.Command;
            string name = result.GetRequiredValue(shell);
            terminal.Write(name switch
            {
                "bash" => Bash(root),
                "zsh" => Zsh(root),
                "fish" => Fish(root),
                _ => throw new CommandFault($"no completion for {name}", "only bash, zsh and fish are known", "portolan completion bash"),
            });
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Every command with the words that lead to it.</summary>
    public static IEnumerable<(string Path, Command Command)> Walk(Command command, string path = "")
    {
        yield return (path, command);
        foreach (var sub in command.Subcommands.Where(c => !c.Hidden))
            foreach (var deeper in Walk(sub, path.Length == 0 ? sub.Name : $"{path} {sub.Name}")) yield return deeper;
    }

    static IEnumerable<Option> Options(Command command, Command root) =>
        command.Options.Concat(command == root ? [] : root.Options.Where(o => o.Recursive)).Where(o => !o.Hidden);

    static IEnumerable<string> Values(Symbol symbol) => symbol.GetCompletions(CompletionContext.Empty).Select(c => c.Label).Distinct();

    static string Words(Command command, Command root) => string.Join(' ',
        command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)
            .Concat(command.Arguments.SelectMany(Values))
            .Concat(Options(command, root).Where(o => o.Name.StartsWith("--", StringComparison.Ordinal)).Select(o => o.Name)));

    /// <summary>As the scripts keep where they are: each word of the path with a space in front.</summary>
    static string Spaced(string path) => path.Length == 0 ? "" : " " + path;

    /// <summary>Options whose value is one of a few words.</summary>
    static IEnumerable<(string Name, string Values)> Choices(Command root) => Walk(root)
        .SelectMany(c => Options(c.Command, root))
        .Where(o => o.ValueType == typeof(string))
        .Select(o => (o.Name, string.Join(' ', Values(o))))
        .Where(o => o.Item2.Length > 0)
        .Distinct();

    static string Bash(Command root)
    {
        var script = new StringBuilder("""
            # bash completion of portolan
            _portolan() {
                local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} path="" i text last
                for ((i = 1; i < COMP_CWORD; i++)); do
                    case "$path ${COMP_WORDS[i]}" in

            """);
        foreach (var (path, _) in Walk(root).Skip(1)) script.Append($"            \" {path}\") path=\" {path}\" ;;\n");
        script.Append("        esac\n    done\n").Append(BashAql.Replace("@NAMES@", AqlNames(), StringComparison.Ordinal)).Append("    case \"$before\" in\n");
        foreach (var (name, values) in Choices(root))
            script.Append($"        {name}) COMPREPLY=($(compgen -W \"{values}\" -- \"$word\")); return ;;\n");
        script.Append("        --config|--data) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n    esac\n    case \"$path\" in\n");
        foreach (var (path, command) in Walk(root))
            script.Append($"        \"{Spaced(path)}\") COMPREPLY=($(compgen -W \"{Words(command, root)}\" -- \"$word\")) ;;\n");
        script.Append("    esac\n}\ncomplete -o default -F _portolan portolan\n");
        return script.ToString();
    }

    // Within a quoted AQL text the last word is completed and what stands before it is kept. Without a quote the shell would escape what is put in.
    const string BashAql = """
            case "$path$word" in
                " search\""*|" search'"*|" tail\""*|" tail'"*)
                    text=${word#?}
                    last=${text##*[!A-Za-z0-9_]}
                    [ -n "$last" ] || return
                    compopt -o nospace 2>/dev/null
                    COMPREPLY=()
                    while IFS= read -r i; do COMPREPLY+=("${text%"$last"}$i"); done < <(
                        shopt -s nocasematch
                        for i in @NAMES@; do [[ $i == "$last"* ]] && printf '%s\n' "$i"; done)
                    # A single candidate would close the quote.
                    [ ${#COMPREPLY[@]} -ne 1 ] || COMPREPLY+=("${COMPREPLY[0]} ")
                    return ;;
            esac

        """;

    /// <summary>What AQL can name that is one word.</summary>
    static string AqlNames() => string.Join(' ', AqlReference.Keywords.Concat(AqlReference.Names().Select(n => n.Name))
        .Where(n => n.All(char.IsAsciiLetterOrDigit)).Distinct(StringComparer.OrdinalIgnoreCase));

    static string Zsh(Command root)
    {
        var script = new StringBuilder("#compdef portolan\n# zsh completion of portolan\n_portolan() {\n    local at=\"\" i\n"
            + "    for ((i = 2; i < CURRENT; i++)); do\n        case \"$at ${words[i]}\" in\n");
        foreach (var (path, _) in Walk(root).Skip(1)) script.Append($"            \" {path}\") at=\" {path}\" ;;\n");
        script.Append("        esac\n    done\n    case \"${words[CURRENT-1]}\" in\n");
        foreach (var (name, values) in Choices(root)) script.Append($"        {name}) compadd -- {values}; return ;;\n");
        script.Append("        --config|--data) _files; return ;;\n    esac\n    case \"$at\" in\n");
        foreach (var (path, command) in Walk(root))
            script.Append($"        \"{Spaced(path)}\") compadd -- {Words(command, root)}; _files ;;\n");
        // Both ways of loading work: from a folder of fpath, and sourced.
        script.Append("    esac\n}\nif [ \"$funcstack[1]\" = _portolan ]; then _portolan \"$@\"; else compdef _portolan portolan; fi\n");
        return script.ToString();
    }

    static string Fish(Command root)
    {
        var script = new StringBuilder("# fish completion of portolan\n");
        foreach (var (path, command) in Walk(root))
        {
            string here = path.Length == 0
                ? "__fish_use_subcommand"
                : string.Join("; and ", path.Split(' ').Select(w => $"__fish_seen_subcommand_from {w}"));
            foreach (var sub in command.Subcommands.Where(c => !c.Hidden))
                script.Append($"complete -c portolan -n '{here}' -f -a {sub.Name} -d '{Quote(sub.Description)}'\n");
            foreach (string value in command.Arguments.SelectMany(Values))
                script.Append($"complete -c portolan -n '{here}' -f -a {value}\n");
            foreach (var option in Options(command, root).Where(o => o.Name.StartsWith("--", StringComparison.Ordinal)))
            {
                string values = option.ValueType == typeof(string) ? string.Join(' ', Values(option)) : "";
                string takes = values.Length > 0 ? $" -x -a '{values}'" : option.ValueType == typeof(bool) ? "" : " -r";
                script.Append($"complete -c portolan -n '{here}' -l {option.Name[2..]}{takes} -d '{Quote(option.Description)}'\n");
            }
        }
        return script.ToString();
    }

    static string Quote(string? text) => (text ?? "").Replace("\\", "\\\\").Replace("'", "\\'");
}
