using System.CommandLine;
using Portolan.Collect.LogSources;
using Portolan.Configuration;
using Portolan.Model;
using Portolan.Output;
using Portolan.Ports.Catalog;
using Portolan.Web.Control;

namespace Portolan.Commands;

/// <summary><c>portolan ports list | catalog</c>: where we listen, and what the port tables of the four products say.</summary>
static class PortsCommand
{
    public static Command Create(Terminal terminal) => new Verb("ports",
        "Ports: where Portolan listens, and what the products' port tables say.",
        "portolan ports list",
        "portolan ports catalog 5007") { List(terminal), Catalog(terminal) };

    static Verb List(Terminal terminal)
    {
        var command = new Verb("list", "Every endpoint with its port, whether it listens, and the port table rows it answers.",
            "portolan ports list",
            "portolan ports list --port-offset 10000 --json");
        var config = new ConfigOptions(withPortOffset: true);
        var format = new FormatOptions();
        config.AddTo(command);
        format.AddTo(command);
        command.SetAction(result =>
        {
            var loaded = config.Load(result);
            RowWriter.Of(format.Of(result), terminal).Write(
                [
                    new("endpoint"), new("port"), new("transport"), new("service"), new("default"), new("enabled"), new("address"),
                    new("purpose"), new("rows"),
                ],
                Endpoints.All.Select(loaded.For).Select(e => new object?[]
                {
                    e.Endpoint.Id, e.Port, e.Endpoint.Transport.ToString().ToLowerInvariant(), e.Endpoint.Service,
                    e.Endpoint.Default switch { ListenDefault.On => "on", ListenDefault.OnLoopback => "loopback", _ => "off" },
                    e.Enabled, e.Address.Equals(System.Net.IPAddress.IPv6Any) ? "*" : e.Address.ToString(),
                    e.Endpoint.Purpose, string.Join(' ', e.Endpoint.Rows),
                }));
            return ExitCode.Done;
        });
        return command;
    }

    static Verb Catalog(Terminal terminal)
    {
        var command = new Verb("catalog",
            "The port tables of JSA, QRadar, PAN-OS, Panorama, User-ID and Open-AudIT: who talks to whom, and what for.",
            "portolan ports catalog 5007",
            "portolan ports catalog 514/udp QRadar",
            "portolan ports catalog kerberos --role \"user agent\"");
        var terms = new Argument<string[]>("term")
        {
            Description = "A port, a product, or a word; several narrow the answer.",
            HelpName = "PORT|PRODUCT|WORD",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var role = new Option<string>("--role") { Description = "Only rows in which this role connects or listens.", HelpName = "ROLE" };
        var format = new FormatOptions();
        command.Add(terms);
        command.Add(role);
        format.AddTo(command);
        command.SetAction(result =>
        {
            var catalog = PortCatalog.Load(Path.Combine(ContentFolders.Shipped, "ports", "rows.csv"));
            string? wanted = result.GetValue(role);
            if (wanted is not null && !catalog.Roles.Contains(wanted, StringComparer.OrdinalIgnoreCase))
            {
                var near = Nearest.To(wanted, catalog.Roles);
                string why = near.Count > 0 ? $"did you mean {string.Join(" or ", near)}?" : "no row names it";
                throw new CommandFault($"no role \"{wanted}\"", why, "portolan ports catalog --json, columns initiator and listener");
            }
            ResultColumn[] columns =
            [
                new("id"), new("system"), new("table"), new("ports"), new("transport"), new("service"), new("initiator"), new("listener"),
                new("answer"), new("wire"), new("capability"), new("purpose"),
            ];
            int[] shown = [.. Enumerable.Range(0, columns.Length)];
            var chosen = format.Of(result);
            // People have the product in the id, and our own plans for the row matter less to them than its meaning.
            if (chosen == RowFormat.Table) shown = [0, 3, 4, 5, 6, 7, 8, 11];
            RowWriter.Of(chosen, terminal).Write([.. shown.Select(i => columns[i])],
                catalog.Find(result.GetValue(terms) ?? [], wanted).Select(r =>
            {
                string[] cells =
                [
                    r.Id, r.System, r.Table, r.Ports, r.Transport, r.Service, r.Initiator, r.Listener,
                    r.Answer, r.Wire, r.Capability, r.Purpose,
                ];
                return shown.Select(i => (object?)cells[i]).ToArray();
            }));
            return ExitCode.Done;
        });
        return command;
    }
}
