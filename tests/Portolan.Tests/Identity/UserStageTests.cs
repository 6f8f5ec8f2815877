using Portolan.Identity;
using Portolan.Identity.Mappings;
using Portolan.Model;
using Xunit;

namespace Portolan.Tests.Identity;

public class UserStageTests
{
    const long Second = 1_000_000;

    static int Row(EventBatch batch, string source, long second, LoginKind login = LoginKind.None, string? user = null)
    {
        int row = batch.Count++;
        Assert.True(Address.TryParse(source, out var address));
        batch.Addresses(Fields.SourceIp)[row] = address;
        batch.Numbers(Fields.StartTime)[row] = second * Second;
        batch.Login[row] = login;
        if (login != LoginKind.None) batch.Addresses(Fields.IdentityIp)[row] = address;
        if (user != null) batch.Texts(Fields.UserName)[row] = batch.Append(System.Text.Encoding.UTF8.GetBytes(user));
        return row;
    }

    static string? Who(EventBatch batch, int row) =>
        batch.Texts(Fields.SourceUser)[row] is { IsNull: false } s ? System.Text.Encoding.UTF8.GetString(batch.Span(s)) : null;

    [Fact]
    public void RowsAfterALoginAreStampedAndTheirOwnUserNameStays()
    {
        var stage = new UserStage(new UserMappings(TimeSpan.FromMinutes(45)));
        var batch = new EventBatch();
        int before = Row(batch, "10.1.2.3", 99);
        int login = Row(batch, "10.1.2.3", 100, LoginKind.Start, "alice");
        int after = Row(batch, "10.1.2.3", 101, user: "root");
        int other = Row(batch, "10.1.2.4", 101);
        stage.Process(batch, 0, batch.Count);
        Assert.Equal([null, "alice", "alice", null], new[] { before, login, after, other }.Select(r => Who(batch, r)));
        Assert.Equal("root", System.Text.Encoding.UTF8.GetString(batch.Span(batch.Texts(Fields.UserName)[after])));
    }

    [Fact]
    public void What_a_late_report_explains_is_had_late_and_the_row_stays_as_it_is()
    {
        var mappings = new UserMappings(TimeSpan.FromMinutes(45));
        var stage = new UserStage(mappings);
        var batch = new EventBatch();
        int early = Row(batch, "10.1.2.3", 100);
        int bobs = Row(batch, "10.1.2.4", 100, LoginKind.Start, "bob");
        int nobodys = Row(batch, "10.1.2.5", 100);
        stage.Process(batch, 0, batch.Count);
        long before = stage.Learnt;
        Assert.True(Address.TryParse("10.1.2.3", out var address));
        mappings.Start(0, address, "carol"u8, "vpn"u8, 101 * Second);
        Assert.Equal(before, stage.Learnt);
        mappings.Start(0, address, "alice"u8, "vpn"u8, 90 * Second);
        Assert.NotEqual(before, stage.Learnt);
        Assert.Equal(["alice", null], new[] { early, nobodys }.Select(row =>
            stage.TryFind(batch, row, Fields.SourceUser, out var late) ? System.Text.Encoding.UTF8.GetString(late) : null));
        Assert.False(stage.TryFind(batch, early, Fields.DestinationUser, out _));
        Assert.Null(Who(batch, early));
        Assert.Equal("bob", Who(batch, bobs));
    }

    [Fact]
    public void A_report_is_late_as_well_when_nobody_was_known_before()
    {
        var mappings = new UserMappings(TimeSpan.FromMinutes(45));
        var stage = new UserStage(mappings);
        var batch = new EventBatch();
        Row(batch, "10.1.2.3", 100);
        stage.Process(batch, 0, batch.Count);
        long before = stage.Learnt;
        Assert.True(Address.TryParse("10.1.2.3", out var address));
        mappings.Start(0, address, "alice"u8, "vpn"u8, 100 * Second);
        Assert.NotEqual(before, stage.Learnt);
    }
}
