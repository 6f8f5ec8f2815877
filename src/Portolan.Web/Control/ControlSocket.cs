using System.Net.Sockets;

namespace Portolan.Web.Control;

/// <summary>The unix socket of a running server: <c>DATA/run/control.sock</c>, in a folder that only its owner may enter.</summary>
public static class ControlSocket
{
    // sockaddr_un.sun_path on Linux, with its closing zero.
    const int MaxPath = 108;

    public static string Folder(string data) => Path.Combine(data, "run");

    public static string PathIn(string data) => Path.Combine(Folder(data), "control.sock");

    /// <summary>The path as an address; long folders are reached from the working directory where that is shorter.</summary>
    /// <exception cref="ApiException">The path is too long either way.</exception>
    public static UnixDomainSocketEndPoint EndPoint(string data) => new(Address(data));

    internal static string Address(string data)
    {
        string full = Path.GetFullPath(PathIn(data)), near = Path.GetRelativePath(Directory.GetCurrentDirectory(), full);
        string path = System.Text.Encoding.UTF8.GetByteCount(full) < MaxPath ? full : near;
        if (System.Text.Encoding.UTF8.GetByteCount(path) < MaxPath) return path;
        throw new ApiException(FaultKind.Unavailable, $"the path {full} is too long for a socket", $"the system takes {MaxPath - 1} bytes",
            "a shorter --data DIR");
    }
}
