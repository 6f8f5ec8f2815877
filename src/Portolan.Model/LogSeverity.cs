namespace Portolan.Model;

/// <summary>
/// How much a line of the server's log matters: what it begins with, as daemons tell the journal of systemd (sd-daemon(3)). A line that begins with none of
/// these is a warning: something wants to be looked at.
/// </summary>
public static class LogSeverity
{
    /// <summary>Something is lost or broken, or the fault is ours.</summary>
    public const string Error = "<3>";

    /// <summary>Something changed or is well again; nobody needs to act.</summary>
    public const string Notice = "<5>";

    /// <summary>Belongs to an ordinary day. Of these no events of our own are made.</summary>
    public const string Info = "<6>";
}
