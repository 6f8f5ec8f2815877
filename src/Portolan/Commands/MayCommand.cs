using System.CommandLine;
using System.Globalization;
using Portolan.Control;
using Portolan.Model;
using Portolan.Ports.Catalog;
using Portolan.Web.Control;

namespace Portolan.Commands;

/// <summary>
/// <c>portolan may SOURCE DESTINATION PORT[/PROTO]</c>: exit 0 when the declared contract permits it, 1 when it does not or is silent.
/// </summary>
static class MayCommand
{
    static readonly (string Name, int Number)[] Protocols =
        [("icmp", 1), ("tcp", 6), ("udp", 17), ("gre", 47), ("esp", 50), ("ah", 51), ("icmp6", 58), ("ospf", 89), ("sctp", 132)];

    public static Command Create(Terminal terminal, OpenApi open)
    {
        var verb = new ApiVerb(new("may",
            "Whether the declared contract lets one address talk to another: permitted, not permitted or not declared.",
            "portolan may 10.1.2.3 10.9.0.5 443",
            "portolan may 10.1.2.3 10.9.0.53 53/udp && echo yes"), terminal, open);
        var source = new Argument<string>("source") { HelpName = "SOURCE", Description = "The address that connects." };
        var destination = new Argument<string>("destination") { HelpName = "DESTINATION", Description = "The address that listens." };
        var port = new Argument<string>("port")
        {
            Description = "The port; protocol tcp when left out, else a name or IANA number.",
            HelpName = "PORT[/PROTO]",
        };
        verb.Command.Add(source);
        verb.Command.Add(destination);
        verb.Command.Add(port);
        verb.Ask(async (api, result, cancel) =>
        {
            string from = result.GetRequiredValue(source), to = result.GetRequiredValue(destination), text = result.GetRequiredValue(port);
            if (!TryRead(text, out int number, out int protocol))
                throw new CommandFault($"port {text}", "not PORT or PORT/PROTO", "portolan may SOURCE DESTINATION 443/tcp");
            var answer = await api.MayAsync(from, to, number, protocol, cancel);
            ResultColumn[] columns = [new("source"), new("destination"), new("port"), new("verdict"), new("row")];
            return (ResultSet.Of(columns, [[from, to, text, answer.Verdict, answer.Row]]),
                answer.Verdict == "permitted" ? ExitCode.Done : ExitCode.No);
        });
        return verb.Command;
    }

    static bool TryRead(string text, out int port, out int protocol)
    {
        protocol = 6;
        int slash = text.IndexOf('/');
        if (slash >= 0)
        {
            string name = text[(slash + 1)..];
            protocol = Protocols.FirstOrDefault(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Number;
            if (protocol == 0 && !(int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out protocol)
                && protocol is > 0 and < 256))
            {
                port = 0;
                return false;
            }
        }
        string digits = slash < 0 ? text : text[..slash];
        // Protocols without ports are asked with port 0.
        return PortSet.TryPort(digits, out port) || digits == "0";
    }
}
