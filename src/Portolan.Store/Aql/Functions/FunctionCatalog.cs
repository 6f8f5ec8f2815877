namespace Portolan.Store.Aql.Functions;

/// <summary>All functions of AQL. A new one is an entry in this folder and a line here.</summary>
static class FunctionCatalog
{
    public static readonly ScalarFunction[] Scalars =
    [
        CatalogFunctions.QidName,
        CatalogFunctions.QidDescription,
        CatalogFunctions.CategoryName,
        CatalogFunctions.LogSourceName,
        CatalogFunctions.LogSourceTypeName,
        CatalogFunctions.ProtocolName,
        CatalogFunctions.DomainName,
        CatalogFunctions.RuleName,
        CatalogFunctions.LogSourceGroupName,
        CatalogFunctions.ApplicationName,
        CatalogFunctions.HostName,
        CatalogFunctions.ProcessorName,
        LookupFunctions.InCidr,
        LookupFunctions.AssetUser,
        LookupFunctions.AssetHostName,
        LookupFunctions.NetworkName,
        LookupFunctions.FullNetworkName,
        TextFunctions.Utf8,
        TextFunctions.Str,
        TextFunctions.Long,
        TextFunctions.Double,
        TextFunctions.Base64,
        TextFunctions.Lower,
        TextFunctions.Upper,
        TextFunctions.Concat,
        TextFunctions.Substring,
        TextFunctions.StrLen,
        TextFunctions.StrPos,
        TimeFunctions.Now,
        TimeFunctions.ParseDateTime,
        TimeFunctions.DateFormat,
    ];

    public static readonly AggregateFunction[] AggregateFunctions =
    [
        Aggregates.Count,
        Aggregates.Sum,
        Aggregates.Min,
        Aggregates.Max,
        Aggregates.Avg,
        Aggregates.UniqueCount,
        Aggregates.DistinctCount,
        Aggregates.StDev,
        Aggregates.StDevP,
        Aggregates.First,
        Aggregates.Last,
    ];

    static readonly Dictionary<string, ScalarFunction> ScalarByName = Scalars.ToDictionary(f => f.Name, StringComparer.OrdinalIgnoreCase);
    static readonly Dictionary<string,
        AggregateFunction> AggregateByName = AggregateFunctions.ToDictionary(f => f.Name, StringComparer.OrdinalIgnoreCase);

    public static IEnumerable<string> Names => ScalarByName.Keys.Concat(AggregateByName.Keys);

    public static bool TryFind(string name, out ScalarFunction function) => ScalarByName.TryGetValue(name, out function!);

    public static bool TryFind(string name, out AggregateFunction function) => AggregateByName.TryGetValue(name, out function!);
}
