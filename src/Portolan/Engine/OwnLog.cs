using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;
using Portolan.Model.Joints;
using Portolan.Output;

namespace Portolan.Engine;

/// <summary>
/// Makes events of our own (content/sources/portolan.yml) of what the server's log says, but for what belongs to an ordinary day: that which starts, receives
/// and stops without a fault says nothing of itself. Whoever speaks waits for nothing: lines go through a short queue to a task of their own, and what the
/// queue or a minute does not hold is in the log alone, which an event says.
/// </summary>
sealed class OwnLog : IDisposable
{
    public const int MostAMinute = 120, MostWaiting = 256;
    const int MaxText = 4096;
    static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    readonly Channel<LogLine> _lines;
    readonly ArrayBufferWriter<byte> _message = new(512);
    Task _injecting = Task.CompletedTask;
    readonly TimeProvider _clock;
    long _begin;
    int _count;
    long _dropped;

    public OwnLog(TimeProvider clock)
    {
        (_clock, _begin) = (clock, clock.GetTimestamp());
        var bounds = new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true };
        _lines = Channel.CreateBounded<LogLine>(bounds, _ => Interlocked.Increment(ref _dropped));
    }

    /// <summary>Takes a line of the log. Any thread; never waits, never says anything.</summary>
    public void Keep(LogLine line)
    {
        if (line.Severity < 6) _lines.Writer.TryWrite(line);
    }

    /// <summary>From now on lines become events; those that came before do too.</summary>
    public void Begin(IInject inject) => _injecting = Task.Run(async () =>
    {
        while (await _lines.Reader.WaitToReadAsync())
        {
            while (_lines.Reader.TryRead(out var line)) Inject(inject, line);
            // All that waited has been taken; what found no room came after it.
            if (Interlocked.Exchange(ref _dropped, 0) is var dropped && dropped > 0)
                Submit(inject, "log-not-listed", new(4, $"{dropped} lines came faster than they could be listed: the server's log has them", dropped));
        }
    });

    void Inject(IInject inject, in LogLine line)
    {
        long now = _clock.GetTimestamp();
        if (_clock.GetElapsedTime(_begin, now) >= Minute) (_begin, _count) = (now, 0);
        if (++_count > MostAMinute) return;
        if (_count < MostAMinute) Submit(inject, $"log-{line.SeverityName}", line);
        else Submit(inject, "log-not-listed", new(4, $"more than {MostAMinute} lines in a minute: the server's log has them", 0));
    }

    void Submit(IInject inject, string what, in LogLine line)
    {
        _message.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_message, Readable))
        {
            json.WriteStartObject();
            json.WriteString("portolan", "log");
            json.WriteString("event", what);
            if (line.Part is { } part) json.WriteString("part", part.AsSpan(0, Math.Min(part.Length, 64)));
            if (line.More > 0) json.WriteNumber("count", line.More);
            json.WriteString("detail", Cut(line.Text));
            json.WriteEndObject();
        }
        inject.Submit(_message.WrittenSpan);
    }

    static ReadOnlySpan<char> Cut(string text) =>
        text.Length <= MaxText ? text : text.AsSpan(0, char.IsHighSurrogate(text[MaxText - 1]) ? MaxText - 1 : MaxText);

    /// <summary>What still waits becomes events, if that is done in a second; from now on nothing does.</summary>
    public void Dispose()
    {
        _lines.Writer.TryComplete();
        Task.WaitAny([_injecting], TimeSpan.FromSeconds(1));
    }
}
