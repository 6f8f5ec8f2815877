namespace Portolan.Store.Aql;

/// <summary>The type of a value in a query and of a result's column.</summary>
public enum AqlType
{
    /// <summary>The literal NULL; fits everywhere.</summary>
    Null,
    Bool,

    /// <summary>Whole numbers; times are epoch milliseconds.</summary>
    Long,
    Double,
    Text,

    /// <summary>An IP address; results hold its canonical text.</summary>
    Address,

    /// <summary>A MAC address; results hold it as 00:00:5e:00:53:00.</summary>
    Mac,

    /// <summary>Raw bytes.</summary>
    Bytes,
}

public static class AqlTypeNames
{
    /// <summary>The name that AQL's users know from error messages.</summary>
    public static string Shown(this AqlType type) => type switch
    {
        AqlType.Null => "NULL",
        AqlType.Bool => "Boolean",
        AqlType.Long => "Long",
        AqlType.Double => "Double",
        AqlType.Text => "String",
        AqlType.Address => "Host",
        AqlType.Mac => "MACAddress",
        _ => "byte[]",
    };
}
