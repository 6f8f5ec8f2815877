namespace Portolan.Collect.LogSources;

/// <summary>What to tell a device or a program so that it sends its events here.</summary>
/// <param name="Name">Of the program: <c>rsyslog</c>; the same for all its ways.</param>
/// <param name="File">Where the lines belong; null where they are typed in.</param>
/// <param name="Over"><c>udp</c>, <c>tcp</c> or <c>tls</c>.</param>
/// <param name="Ports">The ports that the program can send to so.</param>
/// <param name="Text">The lines; <c>{address}</c>, <c>{port}</c> and <c>{name}</c> stand for this host, the port that listens, and a name that its certificate has.</param>
/// <param name="Authority">The file where the lines look for the certificate of the server's authority, or null.</param>
/// <param name="Then">The command that puts the lines in force, or null.</param>
/// <param name="Note">What else there is to know, or null.</param>
public sealed record SetupText(string Name, string? File, string Over, (int Least, int Most) Ports, string Text, string? Authority, string? Then, SetupNote? Note)
{
    public static readonly IReadOnlyList<string> Transports = ["udp", "tcp", "tls"];
}

/// <summary>The same sentence in the console's languages.</summary>
public sealed record SetupNote(string En, string Ja);
