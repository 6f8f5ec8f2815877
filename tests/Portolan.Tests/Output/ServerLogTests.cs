using System.Text.Json;
using Portolan.Output;
using Xunit;

namespace Portolan.Tests.Output;

public class ServerLogTests
{
    // A clock at noon whose timers ring when the test says so.
    sealed class Bell : TimeProvider
    {
        Action _ring = () => { };

        public override DateTimeOffset GetUtcNow() => new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

        public void Ring() => _ring();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _ring = () => callback(state);
            return new Silent();
        }

        sealed class Silent : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => default;
        }
    }

    static (ServerLog Log, Bell Clock, Func<string[]> Lines) Make(LogFormat format)
    {
        var (to, clock) = (new StringWriter { NewLine = "\n" }, new Bell());
        return (new(to, format, clock), clock, () => to.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void ARepeatedLineIsSaidOnceAndItsCountWhenTheMinuteEnds()
    {
        var (log, clock, lines) = Make(LogFormat.Text);
        for (int i = 0; i < 1000; i++) log.Tell("store: cannot write");
        Assert.Equal(["2026-11-21T12:00:00.000Z store: cannot write"], lines());
        clock.Ring();
        Assert.Equal("2026-11-21T12:00:00.000Z store: cannot write (999 more of this kind in a minute)", lines()[1]);
        clock.Ring();
        Assert.Equal(2, lines().Length);
        log.Tell("store: cannot write");
        Assert.Equal(3, lines().Length);
    }

    [Fact]
    public void LinesAlikeButForNumbersShareABoundAndOthersDoNot()
    {
        var (log, _, lines) = Make(LogFormat.Text);
        for (int i = 0; i < 100; i++) log.Tell($"syslog-tcp: connection from 192.0.2.{i}:{5000 + i} ended");
        log.Tell("journal: a new epoch begins");
        Assert.Equal(6, lines().Length);
        Assert.EndsWith("192.0.2.4:5004 ended", lines()[4]);
        Assert.EndsWith("journal: a new epoch begins", lines()[5]);
        log.Dispose();
        Assert.EndsWith("192.0.2.99:5099 ended (95 more of this kind in a minute)", lines()[6]);
    }

    [Fact]
    public void WhoeverMakesUpKindsFillsNeitherMemoryNorTheLog()
    {
        var (log, _, lines) = Make(LogFormat.Text);
        for (int i = 0; i < 5000; i++) log.Tell("web: /" + new string((char)('a' + i % 26), 1 + i / 26) + ": fault");
        Assert.InRange(lines().Length, 500, 600);
    }

    [Fact]
    public void JsonIsOneObjectALineWhateverTheTextHolds()
    {
        var (log, clock, lines) = Make(LogFormat.Json);
        log.Tell("pipeline: first\nsecond \u001b[31m \"quoted\" \u2028");
        log.Tell("pipeline: first\nsecond \u001b[31m \"quoted\" \u2028");
        clock.Ring();
        var said = lines().Select(l => JsonDocument.Parse(l).RootElement).ToArray();
        Assert.Equal(2, said.Length);
        Assert.Equal("2026-11-21T12:00:00.000Z", said[0].GetProperty("time").GetString());
        Assert.Equal("pipeline", said[0].GetProperty("part").GetString());
        Assert.Equal("pipeline: first\nsecond \u001b[31m \"quoted\" \u2028", said[0].GetProperty("message").GetString());
        Assert.False(said[0].TryGetProperty("more", out _));
        Assert.Equal(1, said[1].GetProperty("more").GetInt64());
    }

    [Theory]
    [InlineData("<3>journal: full", "error", "journal", "journal: full")]
    [InlineData("journal: full", "warning", "journal", "journal: full")]
    [InlineData("<5>forward siem: connected again", "notice", "forward", "forward siem: connected again")]
    [InlineData("<6>a line of no part: yes", "info", null, "a line of no part: yes")]
    [InlineData("<13>message", "warning", null, "<13>message")]
    public void ALineBeginsWithItsSeverity(string line, string severity, string? part, string text)
    {
        var (log, clock, lines) = Make(LogFormat.Json);
        var said = new List<LogLine>();
        log.Said = said.Add;
        for (int i = 0; i < 3; i++) log.Tell(line);
        clock.Ring();
        var json = JsonDocument.Parse(lines()[0]).RootElement;
        Assert.Equal((severity, text), (json.GetProperty("severity").GetString(), json.GetProperty("message").GetString()));
        Assert.Equal([(severity, part, text, 0), (severity, part, text, 2)], said.Select(s => (s.SeverityName, s.Part, s.Text, s.More)));
    }

    [Fact]
    public void WhatIsToldOnHasNoSecrets()
    {
        var (log, _, _) = Make(LogFormat.Text);
        var said = new List<LogLine>();
        log.Said = said.Add;
        log.Tell("<3>ldap: password=hunter2");
        Assert.Equal("ldap: password=***", Assert.Single(said).Text);
    }

    [Fact]
    public void TextShowsControlCharacters()
    {
        var (log, _, lines) = Make(LogFormat.Text);
        log.Tell("web: \u001b]0;title\u0007");
        Assert.DoesNotContain('\u001b', lines()[0]);
    }

    [Theory]
    [InlineData("web: Authorization: Basic YWRtaW46c2VjcmV0 was sent", "web: Authorization:*** was sent")]
    [InlineData("web: Authorization: Bearer abc.def", "web: Authorization:***")]
    [InlineData("web: SEC: 0b1f5f1a-2c", "web: SEC:***")]
    [InlineData("web: Cookie: portolan=abc; x", "web: Cookie:***; x")]
    [InlineData("web: /x?token=abc&n=1 failed", "web: /x?token=***&n=1 failed")]
    [InlineData("ldap: password=hunter2", "ldap: password=***")]
    [InlineData("/data/admin-secret: no such file", "/data/admin-secret: no such file")]
    [InlineData("journal: security is 3 ms", "journal: security is 3 ms")]
    public void SecretsAreNotSaid(string line, string said)
    {
        var (log, _, lines) = Make(LogFormat.Text);
        log.Tell(line);
        Assert.Equal("2026-11-21T12:00:00.000Z " + said, lines()[0]);
    }
}
