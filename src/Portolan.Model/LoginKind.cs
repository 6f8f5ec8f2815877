namespace Portolan.Model;

/// <summary>What an event means for the question who is at an address. The source type says it; the field <c>login</c> stores it.</summary>
public enum LoginKind : byte
{
    None,

    /// <summary>The account <c>username</c> (realm in the property <c>domain</c>) is now at <c>identityip</c>.</summary>
    Start,

    /// <summary>The account is no longer there.</summary>
    Stop,

    /// <summary>The account tried, and was refused.</summary>
    Failed,
}
