using System.Net;
using System.Net.Sockets;
using Portolan.Web.Server;

namespace Portolan.Web.Auth;

/// <summary>
/// Five wrong passwords a minute for a name from an address, fifty for all names from an address; then the door stays shut until the first of them is a
/// minute old. An IPv6 host has a /64 to itself, so that is its address. What is remembered is bounded.
/// </summary>
sealed class SignInLimit(TimeProvider clock)
{
    const int ForName = 5, ForAddress = 50, Remembered = 10_000, Queues = 64, MostInQueue = 32;
    static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    readonly Dictionary<(string Name, IPAddress Address), Queue<long>> _failures = [];
    readonly Lock _lock = new();
    readonly WaitingLine[] _queues = [.. Enumerable.Range(0, Queues).Select(_ => new WaitingLine(1, MostInQueue))];

    /// <summary>Waits until no other password from the address is being tried; null when too many wait already. Some addresses wait for one another too.</summary>
    public ValueTask<IDisposable?> TurnAsync(IPAddress? address, CancellationToken cancel) =>
        _queues[(uint)Host(address).GetHashCode() % Queues].EnterAsync(cancel);

    /// <summary>Whether a password may be tried now; if not, how long until it may.</summary>
    public bool Allows(string name, IPAddress? address, out TimeSpan wait)
    {
        var from = Host(address);
        lock (_lock)
        {
            var (a, b) = (Wait((name, from), ForName), Wait(("", from), ForAddress));
            wait = a > b ? a : b;
            return wait == TimeSpan.Zero;
        }
    }

    public void Failed(string name, IPAddress? address)
    {
        var from = Host(address);
        lock (_lock)
        {
            if (_failures.Count >= Remembered) Forget();
            Add((name, from));
            Add(("", from));
        }
    }

    /// <summary>Who knows the password is no guesser.</summary>
    public void Succeeded(string name, IPAddress? address)
    {
        lock (_lock) _failures.Remove((name, Host(address)));
    }

    void Add((string, IPAddress) key)
    {
        if (!_failures.TryGetValue(key, out var times)) _failures[key] = times = new();
        times.Enqueue(clock.GetTimestamp());
        if (times.Count > ForAddress) times.Dequeue();
    }

    TimeSpan Wait((string, IPAddress) key, int most)
    {
        if (!_failures.TryGetValue(key, out var times)) return default;
        while (times.TryPeek(out long first) && clock.GetElapsedTime(first) >= Window) times.Dequeue();
        if (times.Count == 0) _failures.Remove(key);
        return times.Count < most ? default : Window - clock.GetElapsedTime(times.ElementAt(times.Count - most));
    }

    void Forget()
    {
        foreach (var key in _failures.Where(f => clock.GetElapsedTime(f.Value.Last()) >= Window).Select(f => f.Key).ToList()) _failures.Remove(key);
        // Someone guesses from thousands of addresses: better to forget some of his failures than to shut out everyone.
        foreach (var key in _failures.Keys.Take(_failures.Count - Remembered / 2).ToList()) _failures.Remove(key);
    }

    /// <summary>What counts as one client.</summary>
    internal static IPAddress Host(IPAddress? address)
    {
        if (address == null) return IPAddress.None;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new(bytes);
    }
}
