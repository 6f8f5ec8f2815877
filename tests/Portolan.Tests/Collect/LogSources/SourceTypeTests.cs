using System.Text.Json.Nodes;
using Portolan.Collect.LogSources;
using Xunit;

namespace Portolan.Tests.Collect.LogSources;

public sealed class SourceTypeTests
{
    const string Shell = """
        id: shell
        name: Shell OS
        devicetype: 11
        recognize:
          - {application: [sshd, sudo, 'cron*'], certainty: 60}
        messages:
          - event: accepted
            category: sshd
            application: sshd
            pattern: 'Accepted {method:word} for {username:word} from {sourceip:ip} port {sourceport:int}'
            map: {method: Authentication Method}
            set: {destinationport: 22, protocolid: tcp, Copy: $sourceip}
            login: start
          - event: failed
            application: sshd
            pattern: ['Failed password for invalid user {username:word} from {sourceip:ip}', 'Failed password for {username:word} from {sourceip:ip}']
            login: failed
          - event: sudo
            application: sudo
            pattern: '{username:word} : {_}COMMAND={Command}'
        """;

    const string ShellMap = """
        accepted,,1100001,Login,1,3021,
        failed,,1100002,Login failed,3,3022,
        sudo,,1100003,Sudo,2,8059,
        """;

    static string? Text(JsonObject o, string key) => o[key]?.ToString();

    [Fact]
    public void PatternFillsFieldsPropertiesAndIdentity()
    {
        using var content = new TestContent().Add("shell", Shell, ShellMap);
        var o = TestContent.Parse(content.Load(), "<86>Nov 21 11:59:58 web01 sshd[812]: Accepted publickey for CORP\\alice from 10.1.2.3 port 50022 ssh2: RSA x seq=5");
        Assert.Equal("shell", Text(o, "sourcetype"));
        Assert.Equal("parsed", Text(o, "parsestatus"));
        Assert.Equal("accepted", Text(o, "qideventid"));
        Assert.Equal("sshd", Text(o, "qideventcategory"));
        Assert.Equal("1100001", Text(o, "qid"));
        Assert.Equal("Login", Text(o, "eventname"));
        Assert.Equal("3021", Text(o, "category"));
        Assert.Equal("3000", Text(o, "highlevelcategory"));
        Assert.Equal("alice", Text(o, "username"));
        Assert.Equal("10.1.2.3", Text(o, "sourceip"));
        Assert.Equal("50022", Text(o, "sourceport"));
        Assert.Equal("22", Text(o, "destinationport"));
        Assert.Equal("6", Text(o, "protocolid"));
        Assert.Equal("10.1.2.3", Text(o, "identityip"));
        Assert.Equal("true", Text(o, "hasidentity"));
        Assert.Equal("web01", Text(o, "hostname"));
        Assert.Equal("812", Text(o, "processid"));
        Assert.Equal("1795262398000", Text(o, "devicetime"));
        Assert.Equal("year-inferred", Text(o, "devicetimeconfidence"));
        var p = o["properties"]!.AsObject();
        Assert.Equal("publickey", Text(p, "Authentication Method"));
        Assert.Equal("CORP", Text(p, "domain"));
        Assert.Equal("10.1.2.3", Text(p, "Copy"));
        Assert.Equal(3, p.Count);
        // 0.5 × 5 + 0.3 × 1 + 0.2 × 5 = 3.8
        Assert.Equal("4", Text(o, "magnitude"));
    }

    [Fact]
    public void WhatTurnsTextAroundOrDrivesATerminalIsNoName()
    {
        using var content = new TestContent().Add("loose", """
            id: loose
            name: Loose JSON
            devicetype: 9001
            recognize:
              - {prefix: '{"loose":', certainty: 99}
            syntax: json
            event: '{loose}'
            others: keep
            map:
              loose: ~
            """, "");
        var o = TestContent.Parse(content.Load(), "{\"loose\":\"1\",\"plain\":\"a\",\"<b>\":\"b\",\"=1+1\":\"c\",\"x\u202ey\":\"d\",\"\u001b[2J\":\"e\",\"a\u2028b\":\"f\",\"\u0085\":\"g\",\"日本\":\"h\"}");
        Assert.Equal(["plain", "<b>", "=1+1", "日本"], o["properties"]!.AsObject().Select(p => p.Key));
    }

    [Theory]
    [InlineData("<86>Nov 21 11:59:58 h sshd[1]: something nobody wrote a pattern for", "shell", "partial", "unknown event of Shell OS", "1100000")]
    [InlineData("<86>Nov 21 11:59:58 h cron.daily[1]: hm", "shell", "partial", "unknown event of Shell OS", "1100000")]
    [InlineData("<86>Nov 21 11:59:58 h httpd[1]: hm", "generic", "unparsed", "Unknown", "0")]
    [InlineData("", "generic", "unparsed", "Unknown", "0")]
    public void UnknownEventsAndUnknownSources(string line, string type, string status, string name, string qid)
    {
        using var content = new TestContent().Add("shell", Shell, ShellMap);
        var o = TestContent.Parse(content.Load(), line);
        Assert.Equal(type, Text(o, "sourcetype"));
        Assert.Equal(status, Text(o, "parsestatus"));
        Assert.Equal(name, Text(o, "eventname"));
        Assert.Equal(qid, Text(o, "qid"));
    }

    [Fact]
    public void LeadTemplateWhenAndSwap()
    {
        using var content = new TestContent().Add("wall", """
            id: wall
            name: Wall
            devicetype: 41
            recognize: [{prefix: '%ASA-', certainty: 95}]
            lead: '%ASA-{level:int}-{id:int}: '
            event: 'ASA-{id}'
            map: {level: ~, id: ~, proto: protocolid, direction: ~}
            messages:
              - when: {id: [302013, 302015]}
                pattern: 'Built {direction:word} {proto:word} connection {_:int} for {_:word}:{sourceip:ip}/{sourceport:int} ({_}) to {_:word}:{destinationip:ip}/{destinationport:int}'
                swap: {direction: outbound}
              - when: {id: 111008}
            """, "ASA-302013,,4100001,Built,0,4007,\nASA-111008,,4100002,Command,1,8003,\n");
        var types = content.Load();
        var o = TestContent.Parse(types, "<166>Nov 21 2026 12:00:00 fw : %ASA-6-302013: Built outbound TCP connection 7 for out:192.0.2.9/443 (192.0.2.9/443) to in:10.0.0.4/5555 (10.0.0.4/5555)");
        Assert.Equal(("wall", "parsed", "ASA-302013"), (Text(o, "sourcetype"), Text(o, "parsestatus"), Text(o, "qideventid")));
        Assert.Equal(("10.0.0.4", "5555", "192.0.2.9", "443", "6"),
            (Text(o, "sourceip"), Text(o, "sourceport"), Text(o, "destinationip"), Text(o, "destinationport"), Text(o, "protocolid")));
        Assert.Null(o["properties"]);
        // Known by its id alone; known id whose text does not fit; id that is not in the map.
        Assert.Equal(("parsed", "Command"), Status(types, "<166>Nov 21 2026 12:00:00 fw : %ASA-5-111008: User 'x' executed"));
        Assert.Equal(("partial", "Built"), Status(types, "<166>Nov 21 2026 12:00:00 fw : %ASA-6-302013: Built what"));
        Assert.Equal(("partial", "unknown event of Wall"), Status(types, "<166>Nov 21 2026 12:00:00 fw : %ASA-6-999999: what"));
    }

    static (string?, string?) Status(SourceTypes types, string line)
    {
        var o = TestContent.Parse(types, line);
        return (Text(o, "parsestatus"), Text(o, "eventname"));
    }

    [Fact]
    public void DelimitedColumnsChosenByAColumnOwnTimeAndValueMap()
    {
        using var content = new TestContent().Add("csv", """
            id: csv
            name: Csv
            devicetype: 206
            recognize: [{column: {4: [TRAFFIC, SYSTEM]}, certainty: 90}]
            syntax: delimited
            columns:
              by: 4
              TRAFFIC: '- - serial type subtype generated src dst srcuser proto action dmac'
              SYSTEM: [~, '-', serial, type, subtype, generated, opaque]
            event: '{type}:{subtype}'
            map:
              serial: Serial Number
              type: ~
              subtype: ~
              generated: ~
              src: [sourceip, identityip]
              dst: destinationip
              srcuser: username
              proto: protocolid
              action: {to: Action, values: {allow: permitted, '*': other}}
              dmac: destinationmac
            time: [{from: generated, format: 'yyyy/MM/dd HH:mm:ss'}]
            logins: {'TRAFFIC:start': start}
            """, "TRAFFIC:start,,20600001,Session started,1,4007,\n");
        var types = content.Load();
        var o = TestContent.Parse(types, "<14>Nov 21 12:00:00 pan 1,2026/11/21 11:58:00,0099,TRAFFIC,start,2026/11/21 11:57:59,10.0.0.1,2001:DB8::1,alice@corp.example,UDP,\"allow\",0011.2233.AAff,more,columns");
        Assert.Equal("parsed", Text(o, "parsestatus"));
        Assert.Equal(("10.0.0.1", "10.0.0.1", "2001:db8::1"), (Text(o, "sourceip"), Text(o, "identityip"), Text(o, "destinationip")));
        Assert.Equal(("alice", "17", "00:11:22:33:aa:ff"), (Text(o, "username"), Text(o, "protocolid"), Text(o, "destinationmac")));
        Assert.Equal("1795262279000", Text(o, "devicetime"));
        Assert.Equal("true", Text(o, "hasidentity"));
        var p = o["properties"]!.AsObject();
        Assert.Equal(("0099", "permitted", "corp.example"), (Text(p, "Serial Number"), Text(p, "Action"), Text(p, "domain")));
        // Fewer columns than named.
        o = TestContent.Parse(types, "1,2026/11/21 11:58:00,0099,TRAFFIC,start");
        Assert.Equal("parsed", Text(o, "parsestatus"));
        Assert.Equal("partial", Text(TestContent.Parse(types, "1,2,0099,SYSTEM,general,x,hello"), "parsestatus"));
    }

    [Fact]
    public void LeefStandardKeysUnknownKeysAndEscapes()
    {
        using var content = new TestContent().Add("leefy", """
            id: leefy
            name: Leefy
            devicetype: 300
            recognize: [{syntax: leef, vendor: Acme, product: Box, certainty: 95}]
            syntax: leef
            event: '{eventId}'
            map: {devTime: ~, cat: Event Category, deviceVendor: ~, deviceProduct: ~, deviceVersion: ~, eventId: ~, leefVersion: ~}
            time: [{from: devTime, format: epochms}]
            """, "hit,,30000001,Hit,5,5001,\n");
        var types = content.Load();
        var o = TestContent.Parse(types, "<13>Nov 21 12:00:00 box LEEF:1.0|Acme|Box|1|hit|src=1.2.3.4\tdstPort=80\tproto=TCP\tusrName=bob\tcat=web\tcolour=red\tempty=\tdevTime=1795262279123");
        Assert.Equal(("leefy", "parsed"), (Text(o, "sourcetype"), Text(o, "parsestatus")));
        Assert.Equal(("1.2.3.4", "80", "6", "bob"), (Text(o, "sourceip"), Text(o, "destinationport"), Text(o, "protocolid"), Text(o, "username")));
        Assert.Equal("1795262279123", Text(o, "devicetime"));
        var p = o["properties"]!.AsObject();
        Assert.Equal(("web", "red", 2), (Text(p, "Event Category"), Text(p, "colour"), p.Count));
        Assert.Equal("generic", Text(TestContent.Parse(types, "<13>Nov 21 12:00:00 box LEEF:1.0|Other|Box|1|hit|src=1.2.3.4"), "sourcetype"));
    }

    [Fact]
    public void TheMoreCertainRuleWinsWhateverTheOrder()
    {
        using var content = new TestContent()
            .Add("a-broad", "id: a-broad\nname: Broad\ndevicetype: 1000\nrecognize: [{application: app, certainty: 40}]\nevent: x\n")
            .Add("b-narrow", "id: b-narrow\nname: Narrow\ndevicetype: 1001\nrecognize: [{application: app, contains: [needle], excludes: hay, certainty: 70}]\nevent: x\n")
            .Add("c-same", "id: c-same\nname: Same\ndevicetype: 1002\nrecognize: [{prefix: 'plain', certainty: 40}]\nevent: x\n");
        var types = content.Load();
        Assert.Equal("b-narrow", Text(TestContent.Parse(types, "<13>Nov 21 12:00:00 h app: a needle"), "sourcetype"));
        Assert.Equal("a-broad", Text(TestContent.Parse(types, "<13>Nov 21 12:00:00 h app: a needle in the hay"), "sourcetype"));
        Assert.Equal("a-broad", Text(TestContent.Parse(types, "<13>Nov 21 12:00:00 h app: plain"), "sourcetype"));
        Assert.Equal("c-same", Text(TestContent.Parse(types, "<13>Nov 21 12:00:00 h app: plain", "c-same"), "sourcetype"));
    }

    [Fact]
    public void AllFaultsOfAllFilesAreToldWithTheirLines()
    {
        using var content = new TestContent()
            .Add("one", """
                id: other
                name: One
                devicetype: many
                recognise: []
                recognize:
                  - {application: x, certainty: 200}
                  - {certainty: 20}
                map: {src: {too: sourceip}, a: source_ip, b: qid, c: {to: x, as: lowr}}
                messages:
                  - {event: gone, pattern: 'a {b'}
                  - {evnt: x, pattern: 'a'}
                """, "x,,1,Name,11,3021,\ny,,2,Name,1,99,\ny,,no,Name,1,3021,\n")
            .Add("two", "- not\n- a mapping\n")
            .Add("three", "id: [\n");
        var faults = content.Faults();
        string all = string.Join('\n', faults);
        foreach (string expected in (string[])
        [
            "one.yml:1: id other must be the file's name", "one.yml:3: devicetype", "one.yml:4: unknown key \"recognise\": did you mean recognize?",
            "one.yml:6: certainty: a number from 1 to 100", "one.yml:7: a rule needs a condition", "one.yml:8: unknown key \"too\": did you mean to?",
            "one.yml:8: property \"source_ip\" looks like the field sourceip", "one.yml:8: b: qid is a field of Portolan's own", "did you mean lower" , "one.yml:10: pattern: character 3",
            "one.yml:11: unknown key \"evnt\": did you mean event?", "one.csv:2: severity \"11\"", "one.csv:3: category \"99\"", "one.csv:4: qid \"no\"",
            "two.yml:1: one mapping is expected", "three.yml:",
        ])
            Assert.Contains(expected, all);
        Assert.Equal(faults.Count, faults.Distinct().Count());
    }

    [Fact]
    public void APersonsFileReplacesTheShippedOneOfThatName()
    {
        using var shipped = new TestContent().Add("shell", Shell, ShellMap);
        using var own = new TestContent().Add("shell", Shell.Replace("Shell OS", "My OS"), ShellMap);
        Assert.Equal("My OS", SourceTypes.Load(new(own.Root, shipped.Root), new()).Find("shell")!.Name);
    }

    [Fact]
    public void ExplainNamesRuleSyntaxMessageAndOrigin()
    {
        using var content = new TestContent().Add("shell", Shell, ShellMap);
        var steps = TestContent.Parse(content.Load(), "<86>Nov 21 11:59:58 web01 sshd[812]: Failed password for bob from 10.1.2.3 port 5", explain: true)["explain"]!.AsArray().Select(s => s!.ToString()).ToList();
        Assert.Contains(steps, s => s.StartsWith("source type: shell, certainty 60", StringComparison.Ordinal));
        Assert.Contains(steps, s => s.StartsWith("message: Failed password for {username:word}", StringComparison.Ordinal));
        Assert.Contains("event: failed → 1100002 Login failed", steps);
        Assert.Contains("username: username = bob", steps);
    }
}
