using Portolan.Model;

namespace Portolan.Store.Aql.Plan;

/// <summary>Which names stand for columns: fields of the database, default and declared properties, and properties that some block
/// holds.</summary>
sealed class Names(Database database, PropertyCatalogue declared, Func<IEnumerable<string>> inBlocks)
{
    HashSet<string>? _inBlocks;

    // Asked only when a name is unknown otherwise: it looks at every block there is.
    HashSet<string> InBlocks => _inBlocks ??= new(inBlocks(), StringComparer.OrdinalIgnoreCase);

    public string Table => database == Database.Flows ? "flows" : "events";

    public bool TryFind(string name, out Expr column)
    {
        if (Fields.TryFind(name, out var field) && field.In.HasFlag(database))
        {
            column = Of(field);
            return true;
        }
        string? known = DefaultProperties.Find(name)
            ?? (declared.TryFind(name, out int id) ? declared.Name(id) : InBlocks.TryGetValue(name, out var stored) ? stored
                : DefaultProperties.FindOther(name));
        column = known == null ? null! : new PropertyExpr(known);
        return known != null;
    }

    public static Expr Of(Field field)
    {
        if (field == Fields.EventId) return new IdExpr();
        // Rows are stored within the second in which they came.
        if (field == Fields.EndTime) return new FieldExpr(Fields.StartTime);
        if (field == Fields.SourceV6) return new OnlyV6Expr(new FieldExpr(Fields.SourceIp));
        if (field == Fields.DestinationV6) return new OnlyV6Expr(new FieldExpr(Fields.DestinationIp));
        if (field == Fields.SourceAddress) return new CastExpr(new FieldExpr(Fields.SourceIp), AqlType.Text, field);
        if (field == Fields.DestinationAddress) return new CastExpr(new FieldExpr(Fields.DestinationIp), AqlType.Text, field);
        return new FieldExpr(field);
    }

    public AqlException Unknown(Complaint complain, TextSpan at, string name, IEnumerable<string> aliases)
    {
        // A name from ECS, OCSF or Sigma is no slip of the pen: say what it is called here.
        var elsewhere = Fields.All.FirstOrDefault(f => f.In.HasFlag(database)
            && f.Aliases.Any(a => a[(a.IndexOf(':') + 1)..].Equals(name, StringComparison.OrdinalIgnoreCase)));
        var candidates = elsewhere != null ? [] : Fields.All.Where(f => f.In.HasFlag(database)).Select(f => f.Name)
            .Concat(DefaultProperties.All).Concat(declared.Names).Concat(InBlocks).Concat(aliases);
        return elsewhere != null
            ? complain.Semantic(at, $"unknown field '{Complaint.Clean(name)}'", $"did you mean {elsewhere.Name}?")
            : complain.Unknown(at, "field", name, candidates);
    }

    /// <summary>What * stands for.</summary>
    public static Field[] Star(Database database) => database == Database.Flows
        ? [Fields.StartTime, Fields.FirstPacketTime, Fields.LastPacketTime, Fields.FlowType, Fields.ProtocolId, Fields.SourceIp,
            Fields.SourcePort, Fields.DestinationIp,
            Fields.DestinationPort, Fields.SourceBytes, Fields.DestinationBytes, Fields.SourcePackets, Fields.DestinationPackets,
                Fields.Qid, Fields.Category, Fields.EventId]
        : [Fields.StartTime, Fields.ProtocolId, Fields.SourceIp, Fields.LogSourceId, Fields.Qid, Fields.SourcePort, Fields.EventCount,
            Fields.Magnitude, Fields.IdentityIp,
            Fields.DestinationIp, Fields.DestinationPort, Fields.Category, Fields.UserName, Fields.EventId];
}
