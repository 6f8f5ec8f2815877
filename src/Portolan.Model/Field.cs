namespace Portolan.Model;

/// <summary>What a field's value is. Inside, times are microseconds since 1970 UTC; AQL, REST and JSON show milliseconds.</summary>
public enum FieldKind
{
    /// <summary>A signed 64-bit number; absent is 0.</summary>
    Number,

    /// <summary>Microseconds since 1970-01-01 UTC; absent is 0.</summary>
    Time,

    /// <summary>A yes or no, kept as 1 or 0.</summary>
    Flag,

    /// <summary>An <see cref="Model.Address"/>; absent reads 0.0.0.0.</summary>
    Address,

    /// <summary>A 48-bit MAC address in a number; absent reads 00:00:00:00:00:00.</summary>
    Mac,

    /// <summary>UTF-8 text; absent is NULL.</summary>
    Text,

    /// <summary>Raw bytes (the payload).</summary>
    Bytes,
}

[Flags]
public enum Database
{
    Events = 1,
    Flows = 2,
    Both = Events | Flows,
}

/// <summary>Where a field's value comes from.</summary>
public enum Origin
{
    /// <summary>Stored in its own column.</summary>
    Stored,

    /// <summary>Worked out from other columns when read (sourcev6 from sourceip).</summary>
    Derived,
}

/// <summary>One row of <see cref="Fields"/>. <paramref name="Id"/> is written into segments and never changes its meaning.</summary>
/// <param name="Aliases">Names of the same thing elsewhere, prefixed: <c>ecs:source.ip</c>, <c>ocsf:src_endpoint.ip</c>, <c>sigma:SourceIp</c>.</param>
public sealed record Field(int Id, string Name, FieldKind Kind, Database In, Origin Origin, string Doc, string[] Aliases)
{
    public override string ToString() => Name;
}
