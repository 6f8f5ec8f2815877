using Portolan.Model.Joints;
using Portolan.Store.Aql.Executor;

namespace Portolan.Store.Aql.Functions;

/// <summary>Names behind numbers.</summary>
static class CatalogFunctions
{
    public static readonly ScalarFunction QidName = Of("QIDNAME", CatalogKind.Qid, "qid", "Name of an event by its QID.");
    public static readonly ScalarFunction QidDescription = Of("QIDDESCRIPTION", CatalogKind.QidDescription, "qid", "What an event means, by its QID.");
    public static readonly ScalarFunction CategoryName = Of("CATEGORYNAME", CatalogKind.Category, "category",
        "Name of a low- or high-level category.");
    public static readonly ScalarFunction LogSourceName = Of("LOGSOURCENAME", CatalogKind.LogSource, "logsourceid",
        "Name of a log source.");
    public static readonly ScalarFunction LogSourceTypeName = Of("LOGSOURCETYPENAME", CatalogKind.LogSourceType, "devicetype",
        "Name of a log source type.");
    public static readonly ScalarFunction ProtocolName = Of("PROTOCOLNAME", CatalogKind.Protocol, "protocolid", "Name of an IP protocol.");

    public static readonly ScalarFunction DomainName = new("DOMAINNAME", "Name of a domain: Default Domain for 0, NULL for others: none has a name so far.",
        AqlType.Text, new Parameter("domainid", AqlType.Long))
    {
        Evaluate = (arguments, n, _) =>
        {
            var ids = (LongVector)arguments[0];
            var names = new string?[n];
            for (int i = 0; i < n; i++) names[i] = !ids.IsNull(i) && ids.Values[i] == 0 ? "Default Domain" : null;
            return new TextVector(names, n);
        },
    };

    // The searches that QRadar's clients bring along name these in every SELECT.
    public static readonly ScalarFunction RuleName = Nameless("RULENAME", "creeventlist", "Names of the rules that an event met; NULL: there are no rules so far.");
    public static readonly ScalarFunction LogSourceGroupName = Nameless("LOGSOURCEGROUPNAME", "devicegrouplist",
        "Names of the groups of a log source; NULL: there are no groups so far.");
    public static readonly ScalarFunction ApplicationName = Nameless("APPLICATIONNAME", "applicationid", "Name of a flow's application; NULL: no application has a name so far.");
    public static readonly ScalarFunction HostName = Nameless("HOSTNAME", "processorid", "Name of the host that processed an event; NULL: hosts have no ids so far.");
    public static readonly ScalarFunction ProcessorName = Nameless("PROCESSORNAME", "processorid", "Name of an event processor; NULL: processors have no ids so far.");

    static ScalarFunction Nameless(string name, string parameter, string doc) => new(name, doc, AqlType.Text, new Parameter(parameter, AqlType.Null))
    {
        Evaluate = (_, n, _) => new TextVector(new string?[n], n),
    };

    static ScalarFunction Of(string name, CatalogKind kind, string parameter, string doc) =>
        new(name, doc + " NULL when it has none.", AqlType.Text, new Parameter(parameter, AqlType.Long))
        {
            Catalog = kind,
            // Which log sources there are is nobody's business who may not see theirs; the rest is the same everywhere.
            Reach = kind == CatalogKind.LogSource ? Reach.Names : Reach.Arguments,
            Evaluate = (arguments, n, scope) =>
            {
                var ids = (LongVector)arguments[0];
                var names = new string?[n];
                for (int i = 0; i < n; i++) names[i] = ids.IsNull(i) ? null : scope.Name(kind, ids.Values[i]);
                return new TextVector(names, n);
            },
        };
}
