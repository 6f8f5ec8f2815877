using Portolan.Model;
using Portolan.Store.Aql.Executor;
using Portolan.Store.Aql.Plan;

namespace Portolan.Store.Aql.Functions;

/// <summary>Who and what is at an address, and in which network it lies.</summary>
static class LookupFunctions
{
    static readonly Parameter Ip = new("ip", AqlType.Address), Time = new("time", AqlType.Long, true),
        Domain = new("domain", AqlType.Long, true);

    public static readonly ScalarFunction AssetUser = new("ASSETUSER",
        "User at an address at a time (epoch milliseconds; default now) in a domain (default 0); NULL when nobody is known there.",
            AqlType.Text, Ip, Time, Domain)
    {
        Reach = Reach.History,
        Evaluate = (a, n, scope) => ByAddress(a, n, scope, (domain, address, time) =>
            scope.Context.Users.TryAt(domain, address, time, out var at) ? at.User : null),
    };

    public static readonly ScalarFunction AssetHostName = new("ASSETHOSTNAME",
        "Host name of the asset at an address at a time (epoch milliseconds; default now) in a domain (default 0).", AqlType.Text, Ip, Time,
            Domain)
    {
        Reach = Reach.History,
        Evaluate = (a, n, scope) => ByAddress(a, n, scope, (domain, address, time) =>
            scope.Context.Assets.TryAt(domain, address, time, out var at) ? at.HostName : null),
    };

    public static readonly ScalarFunction NetworkName = new("NETWORKNAME",
        "Name of the narrowest network that holds an address, without its groups.",
        AqlType.Text, Ip, Domain)
    {
        Reach = Reach.Names,
        Evaluate = (a, n, scope) => Network(a, n, scope, full: false),
    };

    public static readonly ScalarFunction FullNetworkName = new("FULLNETWORKNAME",
        "Name of the narrowest network that holds an address, its groups before it, joined by dots.",
        AqlType.Text, Ip, Domain)
    {
        Reach = Reach.Names,
        Evaluate = (a, n, scope) => Network(a, n, scope, full: true),
    };

    public static readonly ScalarFunction InCidr = new("INCIDR",
        "Whether an address lies in a network such as '10.0.0.0/8' or '2001:db8::/32'; host bits are cut off.",
        AqlType.Bool, new Parameter("cidr", AqlType.Text), Ip)
    {
        Rewrite = (arguments, fault) =>
            arguments[0] is not ConstExpr { Value: string text } ? throw fault(0, "INCIDR takes its network as a literal")
            : !Cidr.TryParse(text, out var cidr)
                ? throw fault(0, $"'{Complaint.Clean(text)}' is no network: expected an address, / and the number of bits")
            : new InCidrExpr(cidr, arguments[1]),
    };

    static TextVector ByAddress(Vector[] a, int n, SearchScope scope, Func<int, Address, long, string?> find)
    {
        var addresses = (AddressVector)a[0];
        var found = new string?[n];
        for (int i = 0; i < n; i++)
        {
            if (addresses.IsNull(i) || addresses.Values[i].IsAbsent || !TryDomain(a, 2, i, out int domain)) continue;
            long time = scope.Now;
            if (a.Length > 1)
            {
                var times = (LongVector)a[1];
                if (times.IsNull(i) || Math.Abs(times.Values[i]) > long.MaxValue / 1000) continue;
                time = times.Values[i] * 1000;
            }
            found[i] = find(domain, addresses.Values[i], time);
        }
        return new(found, n);
    }

    static TextVector Network(Vector[] a, int n, SearchScope scope, bool full)
    {
        var addresses = (AddressVector)a[0];
        var names = new string?[n];
        for (int i = 0; i < n; i++)
        {
            if (addresses.IsNull(i) || !TryDomain(a, 1, i, out int domain)) continue;
            string? name = scope.Network(scope.Context.Networks.At(domain, addresses.Values[i]));
            names[i] = full || name == null ? name : name[(name.LastIndexOf('.') + 1)..];
        }
        return new(names, n);
    }

    static bool TryDomain(Vector[] a, int place, int i, out int domain)
    {
        domain = 0;
        if (a.Length <= place) return true;
        var domains = (LongVector)a[place];
        if (domains.IsNull(i) || domains.Values[i] is < 0 or > int.MaxValue) return false;
        domain = (int)domains.Values[i];
        return true;
    }
}
