using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Portolan.Tests.Web.Api;

public sealed class EventDetailTests
{
    const string Login = "<38>Nov 21 10:00:00 web1 sshd[7]: Accepted password for carol from 10.1.0.5 port 5022 ssh2";
    const string Connection = "<6>Nov 21 10:00:01 fw kernel: IN=eth0 OUT=eth1 SRC=10.1.0.5 DST=10.2.0.10 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=1 PROTO=TCP SPT=40000 DPT=22 WINDOW=1 RES=0x00 SYN URGP=0";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    static GivenEngine Given(bool sealedNow)
    {
        var engine = new GivenEngine();
        long now = GivenEngine.Now;
        engine.Add("192.0.2.1", now - 2_000_000, Login).Add("192.0.2.2", now - 1_000_000, Connection).Add("192.0.2.3", now, "\u00ff words <script>alert(1)</script>").Settle();
        if (!sealedNow) return engine;
        engine.Parts.Store.Seal();
        engine.Parts.Store.WaitSealed();
        return engine;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_event_says_all_that_is_known_of_it_then_and_now(bool sealedNow)
    {
        await using var engine = Given(sealedNow);
        await using var server = await engine.Serve();
        using var admin = server.Admin();
        var e = JsonNode.Parse(await admin.GetStringAsync("api/portolan/events/1-1-2-0", Stop))!;
        Assert.Equal(Connection, Encoding.UTF8.GetString(Convert.FromBase64String((string)e["raw"]!)));
        Assert.Equal(Connection, (string)e["text"]!);
        Assert.Equal("/event/1-1-2-0", (string)e["link"]!);
        Assert.Equal(("10.1.0.5", 22, 6), ((string)e["fields"]!["sourceip"]!, (int)e["fields"]!["destinationport"]!, (int)e["fields"]!["protocolid"]!));
        Assert.Equal("TCP", (string)e["names"]!["protocol"]!);
        Assert.Equal(("carol", "carol", "192.0.2.1"), ((string)e["source"]!["then"]!["user"]!, (string)e["source"]!["now"]!["user"]!, (string)e["source"]!["now"]!["by"]!));
        Assert.Null(e["destination"]!["then"]!["user"]);
        Assert.Equal(("not permitted", "db"), ((string)e["may"]!["then"]!["verdict"]!, (string)e["may"]!["then"]!["row"]!));
        Assert.Equal("not permitted", (string)e["may"]!["now"]!["verdict"]!);
        Assert.Equal("linux-os", (string)e["today"]!["sourcetype"]!);
        Assert.Contains(e["today"]!["explain"]!.AsArray(), s => ((string)s!).StartsWith("sourceip: ", StringComparison.Ordinal));
        // The search that it names gives the same event and no other.
        Assert.Equal("1-1-2-0", Assert.Single(await engine.Rows((string)e["aql"]!))[^1]);
    }

    [Theory]
    [InlineData("1-1-1-0", HttpStatusCode.OK)]
    [InlineData("1-1-3-0", HttpStatusCode.OK)]
    [InlineData("1-1-1-1", HttpStatusCode.NotFound)]
    [InlineData("2-1-1-0", HttpStatusCode.NotFound)]
    [InlineData("1-2-1-0", HttpStatusCode.NotFound)]
    [InlineData("1-1-999-0", HttpStatusCode.NotFound)]
    [InlineData("x", HttpStatusCode.NotFound)]
    public async Task Only_what_is_stored_is_found(string id, HttpStatusCode status)
    {
        await using var engine = Given(sealedNow: false);
        await using var server = await engine.Serve();
        using var admin = server.Admin();
        using var answer = await admin.GetAsync($"api/portolan/events/{id}", Stop);
        Assert.Equal(status, answer.StatusCode);
        Assert.DoesNotContain("<script>", await answer.Content.ReadAsStringAsync(Stop));
    }
}
