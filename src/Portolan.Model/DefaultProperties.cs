namespace Portolan.Model;

/// <summary>
/// Property names that always exist, so that a query may name them before any source has filled them: those that QRadar's clients
/// and default searches select. Their values are NULL until a source says them. Names compare without case.
/// </summary>
public static class DefaultProperties
{
    public static readonly IReadOnlyList<string> All =
    [
        "Accesses", "Account Domain", "Account Name", "Account Security ID", "Action", "Application",
        "Application Determination Algorithm", "Bytes Received", "Bytes Sent", "Command", "Content Subject", "Content Type",
        "CRE Description", "CRE Name", "Destination Host Name", "Destination Zone", "DNS Domain Name", "DNS Request Domain",
        "DNS Response", "domain", "Encoded Argument", "Error Code", "EventID", "File Directory", "File Entropy", "File Extension",
        "File Hash", "File ID", "File Path", "File Permissions", "File Size", "Filename", "Flow Direction Algorithm",
        "Google Search Terms", "Group Name", "HTTP Host", "HTTP Method", "HTTP Referrer", "HTTP Response Code", "HTTP Server",
        "HTTP User Agent", "HTTP Version", "Image", "IMP Hash", "Initiated", "Installer Filename", "Interface", "Logon ID",
        "Logon Process", "Logon Type", "Machine ID", "Machine Identifier", "MD5 Hash", "Message", "Method", "Mitre Tactic",
        "Mitre Technique", "ObjectName", "ObjectType", "Originating User", "Parent Command", "Parent Process GUID", "Parent Process ID",
        "Parent Process Name", "Parent Process Path", "Password", "PipeName", "Policy Name", "Process CommandLine", "Process Guid",
        "Process ID", "Process Name", "Process Path", "Protocol Name", "Reason", "Recipient", "Recipient Users", "Registry Key",
        "Registry Value Data", "Registry Value Name", "Request URL", "Response Code", "Role Name", "Rule Name", "Search Arguments",
        "Sender", "Service Filename", "Service Name", "Session ID", "SHA1 Hash", "SHA256 Hash", "Share Name", "Signature",
        "Signature Status", "Source Host Name", "Source Zone", "Status", "Subject", "Suspect Content Descriptions", "Target Account Name",
        "Target Image", "Target Process Path", "Target User Name", "Task Name", "Threat Name", "TLS JA3 Hash", "TLS JA3S Hash",
        "TLS Server Name Indication", "URL", "URL Category", "URL Host", "URL Path", "User Agent", "User Domain", "VLAN ID",
        "Web Category", "Workstation Name",
    ];

    static readonly Dictionary<string, string> Names = All.ToDictionary(n => n, StringComparer.OrdinalIgnoreCase);

    /// <summary>Other names of the same: clients and content packs of different age call one property differently.</summary>
    static readonly Dictionary<string, string> Others = new(StringComparer.OrdinalIgnoreCase)
    {
        ["BytesReceived"] = "Bytes Received",
        ["BytesSent"] = "Bytes Sent",
        ["Event ID"] = "EventID",
        ["File Name"] = "Filename",
        ["MD5 File Hash"] = "MD5 Hash",
        ["SHA1 File Hash"] = "SHA1 Hash",
        ["SHA256 File Hash"] = "SHA256 Hash",
    };

    /// <summary>The known spelling of a name, or null.</summary>
    public static string? Find(string name) => Names.GetValueOrDefault(name);

    /// <summary>What a name stands for that no property bears itself, or null.</summary>
    public static string? FindOther(string name) => Others.GetValueOrDefault(name);
}
