namespace Portolan.Collect.LogSources;

/// <summary>What to tell a device or a program so that it sends its events here.</summary>
/// <param name="Name">Of the program or the way: <c>rsyslog</c>.</param>
/// <param name="File">Where the lines belong; null where they are typed in.</param>
/// <param name="Over"><c>udp</c>, <c>tcp</c> or <c>tls</c>.</param>
/// <param name="Text">The lines; <c>{address}</c> and <c>{port}</c> stand for this host and the port that listens.</param>
/// <param name="Then">What to do after it, or null.</param>
public sealed record SetupText(string Name, string? File, string Over, string Text, string? Then)
{
    public static readonly IReadOnlyList<string> Transports = ["udp", "tcp", "tls"];
}
