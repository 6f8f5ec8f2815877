using Portolan.Model.Joints;
using Portolan.Store.Aql.Executor;

namespace Portolan.Store.Aql.Functions;

/// <summary>Names behind numbers.</summary>
static class CatalogFunctions
{
    public static readonly ScalarFunction QidName = Of("QIDNAME", CatalogKind.Qid, "qid", "Name of an event by its QID.");
    public static readonly ScalarFunction CategoryName = Of("CATEGORYNAME", CatalogKind.Category, "category",
        "Name of a low- or high-level category.");
    public static readonly ScalarFunction LogSourceName = Of("LOGSOURCENAME", CatalogKind.LogSource, "logsourceid",
        "Name of a log source.");
    public static readonly ScalarFunction LogSourceTypeName = Of("LOGSOURCETYPENAME", CatalogKind.LogSourceType, "devicetype",
        "Name of a log source type.");
    public static readonly ScalarFunction ProtocolName = Of("PROTOCOLNAME", CatalogKind.Protocol, "protocolid", "Name of an IP protocol.");

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
