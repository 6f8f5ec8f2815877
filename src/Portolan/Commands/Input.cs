using System.Text;

namespace Portolan.Commands;

/// <summary>Texts that may come from standard input.</summary>
static class Input
{
    /// <summary>The argument itself, or all of standard input for <c>-</c>.</summary>
    public static async Task<string> TextAsync(string argument, Terminal terminal, CancellationToken cancel) => argument == "-"
        ? await new StreamReader(terminal.In, Encoding.UTF8).ReadToEndAsync(cancel)
        : argument;
}
