using System.Buffers;
using System.Net;
using System.Text.Json;
using Portolan.Model.Joints;

namespace Portolan.Web.Auth;

/// <summary>
/// Who signed in, who changed what, who searched for what: each an event of our own (content/sources/portolan.yml), found by
/// <c>LOGSOURCETYPENAME(devicetype) = 'Portolan'</c>. Passwords and secrets are never in it. Failed sign-ins are as many as their limit lets through, searches of
/// one caller a hundred a minute, the same text once a minute: nobody fills a disk with them.
/// </summary>
public sealed class Audit(IInject inject, TimeProvider clock)
{
    const int MaxText = 4096, MostSearches = 100, Remembered = 1000;
    static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    readonly Lock _lock = new();
    readonly Dictionary<(string Who, string Text), long> _searched = [];
    readonly Dictionary<string, (long Begin, int Count)> _searches = [];

    /// <summary>Says nothing to nobody.</summary>
    public static Audit None { get; } = new(EmptyJoints.Instance, TimeProvider.System);

    /// <param name="what">An event of the QID map.</param>
    /// <param name="more">Property and value; what is null is left out.</param>
    public void Say(string what, string who, IPAddress? from = null, params ReadOnlySpan<(string Name, string? Value)> more)
    {
        var message = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(message))
        {
            json.WriteStartObject();
            json.WriteString("portolan", "audit");
            json.WriteString("event", what);
            json.WriteString("user", Cut(who, 256));
            if (from != null) json.WriteString("sourceip", (from.IsIPv4MappedToIPv6 ? from.MapToIPv4() : from).ToString());
            foreach (var (name, value) in more)
                if (value != null) json.WriteString(name, Cut(value, MaxText));
            json.WriteEndObject();
        }
        inject.Submit(message.WrittenSpan);
    }

    /// <summary>A search begins, or a tail.</summary>
    public void Searched(Caller caller, string text)
    {
        // The server looks for itself, and the owner of the data could read it without us.
        if (caller.By == CameBy.Socket) return;
        text = Cut(text, MaxText);
        long now = clock.GetTimestamp();
        bool tooMany;
        lock (_lock)
        {
            if (_searched.TryGetValue((caller.Name, text), out long last) && clock.GetElapsedTime(last, now) < Minute) return;
            if (_searched.Count >= Remembered) _searched.Clear();
            _searched[(caller.Name, text)] = now;
            var (begin, count) = _searches.GetValueOrDefault(caller.Name);
            if (count == 0 || clock.GetElapsedTime(begin, now) >= Minute) (begin, count) = (now, 0);
            if (_searches.Count >= Remembered) _searches.Clear();
            _searches[caller.Name] = (begin, count + 1);
            if (count > MostSearches) return;
            tooMany = count == MostSearches;
        }
        if (tooMany) Say("searches-not-listed", caller.Name);
        else Say("search", caller.Name, null, ("text", text), ("scope", caller.Scope));
    }

    static string Cut(string text, int most) => text.Length <= most ? text : text[..most];
}
