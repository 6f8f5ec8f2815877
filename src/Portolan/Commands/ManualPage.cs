using System.CommandLine;
using System.Text;

namespace Portolan.Commands;

/// <summary>The manual page portolan(1), as man(7) has it, made of what <c>--help</c> of each command says.</summary>
static class ManualPage
{
    public static string Of(Command root)
    {
        string version = typeof(ManualPage).Assembly.GetName().Version?.ToString(3) ?? "";
        var page = new StringBuilder($"""
            .TH PORTOLAN 1 "" "Portolan {version}" "User Commands"
            .SH NAME
            portolan \- events, users, assets and the ports they may use, in one system
            .SH SYNOPSIS
            .B portolan
            .I command
            .RI [ argument ...]
            .RI [ option ...]
            .SH DESCRIPTION
            Portolan receives what devices say, stores each event with who, on what machine, and whether it was allowed, and answers searches in AQL.
            .PP
            With \fB\-\-data\fR \fIDIR\fR of a running server a command asks that server, of a stopped one the directory, opened read\-only: the same answer.
            \fB\-\-url\fR asks a server elsewhere.
            .SH COMMANDS

            """);
        foreach (var (path, _) in CompletionCommand.Walk(root).Skip(1))
        {
            page.Append($".SS {Text($"portolan {path}")}\n");
            var help = new StringWriter { NewLine = "\n" };
            root.Parse($"{path} --help").Invoke(new() { Output = help });
            Sections(page, help.ToString().TrimEnd().Split('\n'));
        }
        return page.Append("""
            .SH EXIT STATUS
            .TP
            .B 0
            Done, also when nothing was found.
            .TP
            .B 1
            It ran, and the answer is no, faulty or incomplete.
            .TP
            .B 2
            It could not run: usage, configuration, connection, syntax.
            .TP
            .B 130
            It was interrupted.
            .SH ENVIRONMENT
            .TP
            .B PORTOLAN_TOKEN
            The token for \fB\-\-url\fR.
            .TP
            .BI PORTOLAN_ A __ B
            The configuration key \fIa.b\fR; weaker than \fB\-\-set\fR, stronger than the file.
            .TP
            .B NO_COLOR
            No colour, when it is set.
            .SH FILES
            .TP
            .I /etc/portolan/portolan.yml
            The configuration of the service.
            .TP
            .I /var/lib/portolan
            Its data.
            .SH SEE ALSO
            .I /usr/share/doc/portolan/

            """).ToString();
    }

    // A heading stands at the line's begin, what belongs to it two blanks further, a name before its meaning.
    static void Sections(StringBuilder page, IEnumerable<string> lines)
    {
        string section = "";
        bool verbatim = false;
        foreach (string line in lines)
        {
            if (line.Length == 0) continue;
            if (line[0] != ' ')
            {
                if (verbatim) page.Append(".fi\n");
                section = line.TrimEnd(':');
                verbatim = section is "Usage" or "Examples";
                if (verbatim) page.Append(section == "Examples" ? ".PP\nExamples:\n.PP\n.nf\n" : ".PP\n.nf\n");
                continue;
            }
            string text = line.Trim();
            int gap = text.IndexOf("  ", StringComparison.Ordinal);
            // What is indented further goes on from the line before.
            if (verbatim || section == "Description" || line.StartsWith("    ", StringComparison.Ordinal)) page.Append(Text(text)).Append('\n');
            else if (gap < 0) page.Append($".TP\n\\fB{Text(text)}\\fR\n");
            else page.Append($".TP\n\\fB{Text(text[..gap])}\\fR\n{Text(text[gap..].Trim())}\n");
        }
        if (verbatim) page.Append(".fi\n");
    }

    // What roff would take for its own: the backslash, the hyphen that is a minus, and a line that begins like a request.
    static string Text(string text)
    {
        string escaped = text.Replace("\\", "\\e").Replace("-", "\\-").Replace("'", "\\(aq");
        return escaped.StartsWith('.') ? "\\&" + escaped : escaped;
    }
}
