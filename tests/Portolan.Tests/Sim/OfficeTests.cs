extern alias sim;
using System.Text;
using Portolan.Collect.LogSources;
using Portolan.Collect.Pipeline;
using Portolan.Model;
using sim::Portolan.Sim.Office;
using Portolan.Tests.Collect;
using Xunit;

namespace Portolan.Tests.Sim;

/// <summary>The simulated office: its lines parse, follow from seed and time alone, and hold what the story says.</summary>
public sealed class OfficeTests
{
    static readonly DateTime Now = new(2026, 11, 20, 15, 0, 0, DateTimeKind.Utc);

    static List<(DateTime At, string Text)> Lines(DateTime from, DateTime to, int seed = 1, double rate = 5) =>
        [.. new Timeline(seed, Now, 6, rate, TimeSpan.Zero).Between(from, to)];

    [Fact]
    public void Every_line_parses_but_those_of_the_application_that_no_type_knows()
    {
        var parser = new LineParser(SourceTypes.Load(new(Repository.Content), new()));
        var known = new Dictionary<string, ParseStatus>();
        int erp = 0;
        foreach (var (_, text) in (IEnumerable<(DateTime, string)>)[.. Lines(Now.AddHours(-6), Now.AddHours(-6).AddMinutes(4)), .. Lines(Now.AddMinutes(-12), Now.AddMinutes(2))])
        {
            bool own = text.Contains("erp01 erpd[", StringComparison.Ordinal);
            if (own) erp++;
            Assert.Equal((own ? ParseStatus.Unparsed : ParseStatus.Parsed, text), (parser.Judge(Encoding.ASCII.GetBytes(text), null).Status, text));
        }
        Assert.NotEqual(0, erp);
    }

    [Fact]
    public void The_same_seed_and_clock_give_the_same_lines_wherever_they_are_cut()
    {
        var (a, b, c) = (Now.AddSeconds(-40.25), Now.AddSeconds(13.5), Now.AddSeconds(70));
        var whole = Lines(a, c);
        Assert.Equal(whole, [.. Lines(a, b), .. Lines(b, c)]);
        Assert.Equal(whole, whole.OrderBy(l => l.At));
        Assert.All(whole, l => Assert.InRange(l.At, a, c));
        Assert.NotEqual(whole, Lines(a, c, seed: 2));
    }

    [Fact]
    public void The_first_minute_holds_the_spray_the_success_and_the_forbidden_server()
    {
        string[] story = [.. Lines(Now, Now.AddMinutes(1)).Select(l => l.Text)];
        int Count(params string[] parts) => story.Count(l => parts.All(p => l.Contains(p, StringComparison.Ordinal)));
        Assert.Equal(38, Count("%ASA-6-113005", "user IP = 198.51.100.23"));
        Assert.Equal(0, Count("%ASA-6-113005", "emil.novak"));
        Assert.Equal(1, Count("%ASA-6-113004", "user = emil.novak"));
        Assert.Equal(1, Count("%ASA-4-722051", "User <emil.novak> IP <198.51.100.23> IPv4 Address <10.30.0.66>"));
        Assert.Equal(1, Count(" payroll01 sshd[", "Accepted password for emil.novak from 10.30.0.66"));
        Assert.Equal(3, Count(",TRAFFIC,", ",10.30.0.66,10.20.8.20,", ",allow,"));
        int At(string part) => Array.FindIndex(story, l => l.Contains(part, StringComparison.Ordinal));
        Assert.True(At("113005") < At("113004") && At("113004") < At("722051") && At("722051") < At("10.30.0.66,10.20.8.20"));
    }

    [Theory]
    [InlineData("nas01", -75, -66, true)]
    [InlineData("nas01", -64, 2, false)]
    [InlineData("lab07", -20, -7, false)]
    [InlineData("lab07", -5, 2, true)]
    [InlineData("asa01", -64, -60, true)]
    public void Sources_come_and_go(string host, int fromMinute, int toMinute, bool there) =>
        Assert.Equal(there, Lines(Now.AddMinutes(fromMinute), Now.AddMinutes(toMinute)).Any(l => l.Text.Contains($" {host} ", StringComparison.Ordinal)));

    [Fact]
    public void The_day_has_a_rhythm()
    {
        int Hour(int hour) => Lines(Now.Date.AddHours(hour), Now.Date.AddHours(hour).AddMinutes(20)).Count;
        Assert.InRange(Hour(2), 1, Hour(10) / 5);
        Assert.InRange(Hour(19), Hour(2), Hour(10) / 2);
        // An office ahead of UTC starts its day earlier.
        Assert.Equal(Timeline.Rhythm(Now.Date.AddHours(9.5)), Timeline.Rhythm(Now.Date.AddHours(9).AddMinutes(30)));
        var ahead = new Timeline(1, Now, 6, 5, TimeSpan.FromHours(9)).Between(Now.Date.AddHours(1), Now.Date.AddHours(1).AddMinutes(20)).Count();
        Assert.InRange(ahead, Hour(2) * 4, int.MaxValue);
    }

    [Fact]
    public void A_clock_that_is_behind_says_so_in_all_its_lines()
    {
        string[] slow = [.. Lines(Now.AddMinutes(-4), Now).Where(l => l.Text.Contains(" sw02 ", StringComparison.Ordinal)).Select(l => l.Text)];
        Assert.NotEmpty(slow);
        Assert.All(slow, l => Assert.True(DateTime.Parse(l[(l.IndexOf('>') + 1)..l.IndexOf(' ')]).ToUniversalTime() < Now.AddSeconds(-95)));
    }
}
